//! Characters that one name is written with in several ways: old and new forms, forms of old
//! registers, radicals that scanners and converters leave in place of characters.
//!
//! Pairs that tell people apart are left alone: 郎/朗, 荻/萩, 祐/佑, 裕/祐, 崎/埼, 畑/畠, 碕, 園/薗.

use std::{collections::BTreeMap, sync::LazyLock};

/// Each group begins with the form that all of it counts as. 常用漢字表 (2010, the characters in
/// brackets), 人名用漢字 (戸籍法施行規則 別表第二: pairs of one character), and the forms that family
/// registers keep of common family names (髙, 﨑, 邉, 濵, 𠮷, 栁, 冨, 嶋). 斉 and 斎 are two characters
/// by origin and count as one here, because the same 斉藤/斎藤 is registered as either.
const FORMS: &[&str] = &[
    // Family names first: these are what records really differ in.
    "高髙 崎﨑嵜 辺邊邉 浜濱濵 斉齊斎齋 沢澤 富冨 島嶋嶌 吉𠮷 柳栁桺 桑桒 館舘 峰峯 渕淵渊 曽曾 柏栢",
    "船舩 土圡𡈽 喜㐂 彦彥 栃杤 橋𣘺 桧檜 竜龍 滝瀧 広廣 国國圀 桜櫻 関關 黒黑 塩鹽 桝枡 涼凉 昂昻",
    "郎郞 郷鄉鄕 徳德悳 恵惠 真眞 槙槇 弥彌 晋晉 尭堯 遥遙 瑶瑤 凛凜 祢禰 穣穰 萌萠 巌巖嵒 亘亙 祷禱",
    "寿壽夀 静靜 清淸 青靑 瀬瀨 頼賴 緑綠 薫薰 藤籐 秋穐龝 稲稻 芦蘆 莱萊 薮藪籔 鉄鐵鐡 梅楳 野埜 卯夘",
    // 常用漢字表: the old forms.
    "亜亞 悪惡 圧壓 囲圍 医醫 為爲 壱壹 隠隱 栄榮 営營 衛衞 駅驛 円圓 縁緣 艶艷 応應 欧歐 殴毆 奥奧",
    "横橫 温溫 穏穩 仮假 価價 画畫 会會 懐懷 絵繪 壊壞 拡擴 殻殼 覚覺 学學 岳嶽 楽樂 渇渴 巻卷 陥陷",
    "勧勸 寛寬 歓歡 観觀 気氣 帰歸 亀龜 偽僞 戯戲 犠犧 旧舊 拠據 挙擧 峡峽 挟挾 狭狹 暁曉 区區 駆驅",
    "勲勳 径徑 茎莖 渓溪 経經 継繼 蛍螢 軽輕 鶏鷄雞 芸藝 撃擊 県縣 倹儉 剣劍劔 険險 圏圈 検檢 献獻",
    "権權 顕顯 験驗 厳嚴 効效 恒恆 黄黃 鉱鑛 号號 砕碎 済濟 剤劑 雑雜 桟棧 蚕蠶 惨慘 賛贊 残殘 糸絲",
    "児兒 辞辭 湿濕 実實 写寫 釈釋 収收 従從 渋澁澀 獣獸 縦縱 粛肅 処處 叙敍敘 将將 焼燒 奨奬 証證",
    "条條 状狀 乗乘 浄淨 剰剩 畳疊 縄繩 壌壤 嬢孃 譲讓 醸釀 触觸 嘱囑 寝寢 慎愼 尽盡 図圖 粋粹 酔醉",
    "穂穗 随隨 髄髓 枢樞 数數 声聲 摂攝 専專 浅淺 戦戰 践踐 銭錢 潜潛 繊纖 禅禪 双雙 壮壯 荘莊 捜搜",
    "挿插 巣巢 装裝 総總 蔵藏 臓臟 属屬 続續 堕墮 対對 体體 帯帶 滞滯 台臺 択擇 担擔 団團 弾彈 断斷",
    "遅遲 昼晝 虫蟲 鋳鑄 庁廳 徴徵 聴聽 鎮鎭 転轉 点點 伝傳 党黨 盗盜 灯燈 当當 闘鬪 独獨 読讀 届屆",
    "弐貳 悩惱 脳腦 拝拜 廃廢 売賣 麦麥 発發 髪髮 抜拔 秘祕 姫姬 瓶甁 払拂 仏佛 変變 弁辨辯瓣 歩步",
    "宝寶寳 豊豐 褒襃 翻飜 毎每 万萬 満滿 黙默 訳譯 薬藥 与與 予豫 余餘 誉譽 揺搖 様樣 謡謠 来來 乱亂",
    "覧覽 両兩 猟獵 塁壘 礼禮 励勵 霊靈 齢齡 恋戀 炉爐 労勞 楼樓 録錄 湾灣 増增 産產 顔顏 研硏 戸戶",
    "尚尙 強强 教敎 既旣 概槪 俱倶 呑吞 姉姊 聡聰 涛濤 煕熙凞 麺麵 鴎鷗 鶯鴬 猪豬 籠篭 桟棧 侠俠 兎兔",
    // Radicals that stand for a character of their own (Unicode, EquivalentUnifiedIdeograph); the
    // Kangxi radicals are folded by NFKC already.
    "卜⺊ 巳⺒ 幺⺓ 心⺗ 日⺜ 月⺝ 民⺠ 牛⺧ 王⺩ 目⺫ 示⺬ 羊⺶ 肉⺼ 虎⻁乕 西⻄ 角⻆ 邑⻏ 長⻑",
    "雨⻗ 青⻘ 食⻝ 骨⻣ 鬼⻤ 麦⻨ 黄⻩ 斉⻫ 歯⻭齒 竜⻯ 亀⻱⻲",
];

static PLAIN: LazyLock<BTreeMap<char, char>> = LazyLock::new(|| {
    let groups = FORMS.iter().flat_map(|line| line.split_whitespace());
    groups
        .flat_map(|group| {
            let mut forms = group.chars();
            let plain = forms.next();
            forms.filter_map(move |form| Some((form, plain?)))
        })
        .collect()
});

/// The form that all forms of a character count as.
pub(super) fn plain(c: char) -> char {
    PLAIN.get(&c).copied().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn every_form_counts_as_one_plain_character_that_is_its_own_plain_form() {
        let mut seen = BTreeMap::new();
        for group in FORMS.iter().flat_map(|line| line.split_whitespace()) {
            let first = group.chars().next().unwrap();
            for form in group.chars().skip(1) {
                let known = seen.insert(form, first);
                assert!(
                    known.is_none_or(|known| known == first),
                    "{form} is {known:?}"
                );
                assert_eq!(plain(form), first, "{form}");
                let alone: String = form.nfkc().collect();
                assert_eq!(alone, form.to_string(), "{form}: NFKC folds it already");
            }
        }
        for plain_form in seen.values() {
            assert_eq!(plain(*plain_form), *plain_form, "{plain_form}");
        }
    }

    #[test]
    fn characters_that_tell_people_apart_stay_two() {
        for pair in [
            "郎朗", "荻萩", "祐佑", "裕祐", "崎埼", "崎碕", "畑畠", "園薗", "巳己", "太大",
        ] {
            let folded: Vec<char> = pair.chars().map(plain).collect();
            assert_ne!(folded[0], folded[1], "{pair}");
        }
    }
}
