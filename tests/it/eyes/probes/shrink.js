// A picture of a screen as PNG with at most 256 colours, in base 64: a quarter of the size, and
// text as sharp as before.
const bytes = Uint8Array.from(atob(arguments[0]), (letter) => letter.charCodeAt(0));
const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
const { width, height } = bitmap;
const pen = new OffscreenCanvas(width, height).getContext("2d");
pen.drawImage(bitmap, 0, 0);
const { data } = pen.getImageData(0, 0, width, height);

// The most frequent colours, first with six bits each, and the nearest of them for the rest.
const near = (value) => (value & 0xfc) | (value >> 6);
const colour = (at) => (near(data[at]) << 16) | (near(data[at + 1]) << 8) | near(data[at + 2]);
const often = new Map();
for (let at = 0; at < data.length; at += 4) often.set(colour(at), (often.get(colour(at)) || 0) + 1);
const palette = [...often].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([value]) => value);
const place = new Map(palette.map((value, index) => [value, index]));
const distance = (a, b) => [16, 8, 0].reduce((sum, bits) => sum + (((a >> bits) & 255) - ((b >> bits) & 255)) ** 2, 0);
for (const value of often.keys()) {
  if (place.has(value)) continue;
  let best = 0;
  for (let index = 1; index < palette.length; index += 1) if (distance(palette[index], value) < distance(palette[best], value)) best = index;
  place.set(value, best);
}
const rows = new Uint8Array((width + 1) * height);
for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = place.get(colour((y * width + x) * 4));

const packed = await new Response(new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"))).arrayBuffer();
const sums = Uint32Array.from({ length: 256 }, (_, n) => { let c = n; for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; return c; });
const number = (value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const chunk = (name, content) => {
  const body = [...name].map((letter) => letter.charCodeAt(0)).concat([...content]);
  const sum = body.reduce((c, byte) => sums[(c ^ byte) & 255] ^ (c >>> 8), 0xffffffff);
  return [...number(content.length), ...body, ...number((sum ^ 0xffffffff) >>> 0)];
};
const png = [137, 80, 78, 71, 13, 10, 26, 10,
  ...chunk("IHDR", [...number(width), ...number(height), 8, 3, 0, 0, 0]),
  ...chunk("PLTE", palette.flatMap((value) => [value >> 16, (value >> 8) & 255, value & 255])),
  ...chunk("IDAT", new Uint8Array(packed)),
  ...chunk("IEND", [])];
let text = "";
for (const byte of png) text += String.fromCharCode(byte);
return btoa(text);
