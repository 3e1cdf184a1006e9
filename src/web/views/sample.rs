//! Values for the tests of the views: a man of 72 on warfarin with an anaphylaxis to penicillin.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use actix_web::web::Data;
use chrono::{NaiveDate, TimeZone, Utc};
use tokio::time::Instant;

use crate::{
    access::{Caller, Candidate, Current, FacilityKind, Viewer},
    domain::{
        access::{
            AccountId, Basis, FacilityId, FoundBy, Grant, GrantId, PatientKey, Person, Reason,
            RequestId, Role, TerminalId,
        },
        clock::Moment,
        date::Date,
        event::SecondFactor,
        patient::{MemberNumber, Patient, Sex},
        section::{Freshness, Language, Look, SectionName, SourceName, State},
        summary::{
            Accounting, Header, Item, Notice, Partial, Section, SourceState, Strip, StripItem,
            Summary, Tag, Tone, Trend, TrendPoint,
        },
    },
    summary::Assembled,
    web::{Settings, context::Context, handlers::summary::Shown},
};

pub(super) const NAME: &str = "山田 <script>alert(1)</script> 太郎";

pub(super) fn context(language: Language) -> Context {
    let request = RequestId("0011223344556677".into());
    Context {
        request: request.clone(),
        started: Instant::now(),
        times: crate::web::times::Times::default(),
        language,
        theme: None,
        caller: Caller {
            device: None,
            session: None,
            certificate: None,
            address: None,
            request,
        },
        path: "/summary/n1.abc".into(),
        query: crate::web::context::Query::default(),
        settings: Data::new(Settings {
            demo: true,
            passkey_host: Some("localhost".into()),
            refusal_text: "内線 1234".into(),
            ..Settings::default()
        }),
    }
}

pub(super) fn viewer(role: Role, language: Language) -> Viewer {
    Viewer {
        account: AccountId("a1".into()),
        name: "佐藤 一郎".into(),
        role,
        facility: FacilityId("f1".into()),
        facility_name: "模擬中央病院".into(),
        facility_number: None,
        facility_kind: FacilityKind::Hospital,
        terminal: TerminalId("t1".into()),
        terminal_name: "初療室2".into(),
        location: "救急外来".into(),
        second_factor: SecondFactor::Totp,
        accounts_as_of: None,
        may_permit: false,
        emergency_permission: true,
        epoch: 1,
        grants_from: 1,
        disaster: None,
        language,
        locked: false,
        ends: now().wall + Duration::from_hours(11),
        left: Duration::from_hours(11),
        idle_lock: Duration::from_mins(3),
        place: "t-1".to_owned(),
        flags: std::collections::BTreeSet::new(),
        idle_left: Duration::from_mins(3),
        form_token: "token-of-the-form".into(),
        drafts: "drafts-of-the-account".into(),
        session: "hash".into(),
        caller: context(language).caller,
    }
}

/// Somebody who administers the sample's facility.
pub(super) fn administrator(language: Language) -> Viewer {
    Viewer {
        may_permit: true,
        emergency_permission: false,
        ..viewer(Role::Administrator, language)
    }
}

pub(super) fn now() -> Moment {
    Moment {
        wall: Utc.with_ymd_and_hms(2026, 11, 22, 1, 41, 0).unwrap(),
        since_boot: Duration::from_secs(1000),
    }
}

pub(super) fn patient(name: &str) -> Patient {
    Patient {
        name: Some(name.into()),
        kana: Some("ヤマダ タロウ".into()),
        sex: Some(Sex::Male),
        birth_date: Date::parse("1954-03-12"),
        town: Some("東京都新宿区".into()),
        ..Patient::default()
    }
}

pub(super) fn candidate(name: &str) -> Candidate {
    Candidate {
        token: "sealed".into(),
        patient: Some(patient(name)),
        patient_key: PatientKey("k-1f2e".into()),
        number_tail: "****6789".into(),
        branch: None,
        open: None,
        reason: None,
        has_namesake: false,
        found_by: FoundBy::Insurance,
        has_objected: false,
        may_have_objected: false,
    }
}

/// Whom colleagues look at.
pub(super) fn current(listed: usize, more: usize) -> Current {
    let one = |number| Candidate {
        token: format!("sealed-{number}"),
        patient_key: PatientKey(format!("k-{number}")),
        reason: Some(Reason::Unconscious),
        has_namesake: number < 2,
        patient: (number != 3).then(|| patient(NAME)),
        ..candidate("")
    };
    Current {
        candidates: (0..listed).map(one).collect(),
        more,
    }
}

pub(super) fn grant() -> Grant {
    Grant {
        id: GrantId("n1.abc".into()),
        account: AccountId("a1".into()),
        role: Role::Physician,
        facility: FacilityId("f1".into()),
        terminal: TerminalId("t1".into()),
        person: Person {
            number: MemberNumber::new("06132013", "12", "3456789", "01").unwrap(),
            system: String::new(),
            patient: Some(patient("山田 太郎")),
        },
        patient_key: PatientKey("k-1f2e".into()),
        basis: Basis::Emergency,
        reason: Some(Reason::Unconscious),
        judged_by: None,
        note: None,
        found_by: FoundBy::Insurance,
        consent: None,
        flags: std::collections::BTreeSet::new(),
        renews: None,
        epoch: 1,
        identified_by: None,
        start: now(),
        span: Duration::from_secs(4 * 3600 - 1),
    }
}

pub(super) fn shown(summary: Summary) -> Shown {
    Shown {
        grant: Arc::new(grant()),
        assembled: Assembled::new(summary, false),
        receipt: Some("4821-0937-5516".into()),
        now: now(),
        documents: BTreeMap::new(),
    }
}

fn source(source: SourceName, state: State) -> SourceState {
    let is_missing = matches!(state, State::NotFetched | State::Coming);
    SourceState {
        source,
        state,
        freshness: if is_missing {
            Freshness::Missing
        } else {
            Freshness::Fresh
        },
        fetched_at: (!is_missing).then(|| now().wall),
        why: (state == State::NotFetched).then(|| "時間内に応答が得られません".to_owned()),
    }
}

/// Every section in one state, without any item.
pub(super) fn bare(language: Language, state: State) -> Summary {
    Summary {
        patient: Header {
            name: Some("山田 太郎".into()),
            ..Header::default()
        },
        as_of: day("2026-11-22"),
        look: Look::Emergency,
        language,
        sections: SectionName::ALL
            .into_iter()
            .map(|name| {
                let sources = SourceName::CLINICAL
                    .into_iter()
                    .filter(|known| known.carries(name))
                    .map(|known| source(known, state))
                    .collect();
                (
                    name,
                    Section {
                        state,
                        sources,
                        partial: None,
                        items: Vec::new(),
                        notes: Vec::new(),
                    },
                )
            })
            .collect(),
        strip: Strip {
            state,
            items: Vec::new(),
            text: None,
        },
        notices: Vec::new(),
        accounting: Accounting::default(),
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn tag(tone: Tone, word: &str) -> Tag {
    Tag {
        tone,
        word: word.into(),
    }
}

/// `group|title|value|details|date|facility`, details with semicolons between.
pub(super) fn item(row: &str, from: SourceName, tags: &[(Tone, &str)]) -> Item {
    let mut parts = row
        .split('|')
        .map(|part| (!part.is_empty()).then(|| part.to_owned()));
    let mut next = || parts.next().flatten();
    Item {
        group: next(),
        title: next().unwrap_or_default(),
        value: next(),
        details: next()
            .map(|details| details.split(';').map(str::to_owned).collect())
            .unwrap_or_default(),
        date: next(),
        facility: next(),
        source: Some(from),
        tags: tags.iter().map(|(tone, word)| tag(*tone, word)).collect(),
        ..Item::default()
    }
}

fn put(
    sections: &mut BTreeMap<SectionName, Section>,
    name: SectionName,
    items: Vec<Item>,
    notes: &[&str],
) {
    let section = sections.get_mut(&name).unwrap();
    section.state = State::Present;
    section.items = items;
    section.notes = notes.iter().map(|note| (*note).to_owned()).collect();
    for source in &mut section.sources {
        source.state = State::Present;
        source.freshness = Freshness::Fresh;
        source.fetched_at = Some(now().wall);
    }
}

fn drugs() -> Vec<Item> {
    use SourceName::{Claims, Eprescription};
    let danger = &[(Tone::Danger, "抗凝固薬")][..];
    let same = &[(Tone::Danger, "抗凝固薬"), (Tone::Warning, "同成分 2件")][..];
    vec![
        item(
            "抗血栓薬|ワーファリン錠1mg|2錠|1日1回 夕食後 30日分;12/10分まで調剤|2026-11-10|新宿循環器クリニック",
            Eprescription,
            same,
        ),
        item(
            "抗血栓薬|ワルファリンK錠0.5mg「NP」|1錠|1日1回 夕食後 28日分;12/06分まで調剤|2026-11-08|みなみ内科医院",
            Eprescription,
            same,
        ),
        item(
            "血糖降下薬|メトホルミン塩酸塩錠500mg|2錠|1日2回 朝夕食後 30日分;12/10分まで調剤|2026-11-10|新宿循環器クリニック",
            Eprescription,
            &[(Tone::Warning, "ビグアナイド")],
        ),
        item(
            "血糖降下薬|ジャディアンス錠10mg|1錠|1日1回 朝食後 30日分;12/10分まで調剤|2026-11-10|新宿循環器クリニック",
            Eprescription,
            &[(Tone::Warning, "SGLT2")],
        ),
        item(
            "循環器|ビソプロロールフマル酸塩錠2.5mg|1錠|1日1回 朝食後 30日分;12/10分まで調剤|2026-11-10|新宿循環器クリニック",
            Eprescription,
            &[(Tone::Info, "β遮断薬")],
        ),
        item(
            "循環器|アムロジピンOD錠5mg|1錠|1日1回 朝食後 30日分;12/10分まで調剤|2026-11-10|新宿循環器クリニック",
            Eprescription,
            &[],
        ),
        item(
            "その他|ランソプラゾールOD錠15mg|1錠|1日1回 朝食後 30日分;12/10分まで調剤|2026-11-10|新宿循環器クリニック",
            Eprescription,
            &[],
        ),
        item(
            "未調剤|アセトアミノフェン錠500mg|1錠|疼痛時 10回分|2026-11-19|みなみ内科医院",
            Eprescription,
            &[(Tone::Info, "未調剤")],
        ),
        item(
            "終了|レボフロキサシン錠500mg|1錠|1日1回 5日分;9/20分まで調剤|2026-09-15|みなみ内科医院",
            Claims,
            danger.get(1..).unwrap(),
        ),
    ]
}

fn labs() -> Vec<Item> {
    let high = &[(Tone::Warning, "高 H")][..];
    let low = &[(Tone::Warning, "低 L")][..];
    let mut items: Vec<Item> = [
        ("凝固|PT-INR|2.4|前回 2.1", high),
        ("腎・電解質|クレアチニン|1.42 mg/dL|基準 0.65–1.07", high),
        ("腎・電解質|eGFR|38 mL/min/1.73m²|推算", low),
        ("腎・電解質|カリウム|4.8 mmol/L|基準 3.6–4.8", &[]),
        ("腎・電解質|ナトリウム|139 mmol/L|基準 138–145", &[]),
        ("血算|ヘモグロビン|11.2 g/dL|基準 13.7–16.8", low),
        ("血算|白血球|6.4 10³/µL|基準 3.3–8.6", &[]),
        ("血算|血小板|182 10³/µL|基準 158–348", &[]),
        ("肝|AST|28 U/L|基準 13–30", &[]),
        ("肝|ALT|31 U/L|基準 10–42", &[]),
        ("糖|HbA1c (NGSP)|7.4 %|基準 4.9–6.0", high),
        ("糖|血糖|168 mg/dL|基準 73–109", high),
    ]
    .into_iter()
    .map(|(row, tags)| {
        item(
            &format!("{row}|2026-11-10|新宿循環器クリニック"),
            SourceName::Emr,
            tags,
        )
    })
    .collect();
    for item in &mut items {
        let point = |date: &str, number: f64| TrendPoint {
            at: day(date).into(),
            number,
            is_plain: true,
        };
        item.trend = Some(Trend {
            words: "推移3件：2026-05-01 1.10 から 2026-11-10 1.42、最小 1.10、最大 1.42".to_owned(),
            points: vec![
                point("2026-05-01", 1.1),
                point("2026-08-01", 1.3),
                point("2026-11-10", 1.42),
            ],
        });
    }
    items
}

/// The usual patient.
#[expect(clippy::too_many_lines, reason = "a table of rows")]
pub(super) fn usual(language: Language) -> Summary {
    use SourceName::{Claims, Emr};
    let mut summary = bare(language, State::ReportedEmpty);
    let s = &mut summary.sections;
    put(
        s,
        SectionName::Allergies,
        vec![
            item(
                "薬剤アレルギー等|ペニシリン系抗菌薬||アナフィラキシー（2019-06）|2025-02-14|模擬大学病院",
                Emr,
                &[(Tone::Danger, "重篤"), (Tone::Info, "確認済")],
            ),
            item(
                "その他アレルギー等|そば||蕁麻疹|2023-05-02|みなみ内科医院",
                Emr,
                &[(Tone::Info, "未確認")],
            ),
        ],
        &[
            "アレルゲン 3件と薬剤 12種類（表示期間外を含む）を照合。うち名称のみで照合：アレルゲン 0件、薬剤 2種類。同系統（交差反応）と、これから投与する薬は照合していません",
        ],
    );
    s.get_mut(&SectionName::Contraindications).unwrap().notes = vec![
        "病名・妊娠による禁忌、患者申告は対象外。登録から5年で消えます（長期保存を除く）".into(),
    ];
    put(
        s,
        SectionName::Drugs,
        drugs(),
        &["実際の服用・最終服用時刻は不明。レセプトは約1.5か月遅れ"],
    );
    put(
        s,
        SectionName::Infections,
        vec![
            item(
                "|HBs抗原|陰性|2022-03（4年前）|2022-03-01|模擬大学病院",
                Emr,
                &[],
            ),
            item(
                "|HCV抗体|陰性|2022-03（4年前）|2022-03-01|模擬大学病院",
                Emr,
                &[],
            ),
        ],
        &["結核・MRSA・COVID-19等は対象外"],
    );
    put(s, SectionName::Labs, labs(), &[]);
    put(
        s,
        SectionName::Problems,
        vec![
            item(
                "|非弁膜症性心房細動||2018年から|2026-11-10|新宿循環器クリニック",
                Emr,
                &[],
            ),
            item(
                "|2型糖尿病||2010年から|2026-11-10|新宿循環器クリニック",
                Emr,
                &[],
            ),
            item(
                "|慢性腎臓病 ステージG3b|||2026-11-10|新宿循環器クリニック",
                Emr,
                &[],
            ),
            item("|高血圧症|||2026-11-10|新宿循環器クリニック", Emr, &[]),
            item(
                "|大腸癌|||2026-09-30|みなみ内科医院",
                Emr,
                &[(Tone::Warning, "疑い")],
            ),
        ],
        &[],
    );
    put(
        s,
        SectionName::Operations,
        vec![item(
            "|ペースメーカー移植術|||2022-11-02|模擬大学病院",
            Claims,
            &[(Tone::Warning, "体内デバイス")],
        )],
        &[],
    );
    put(
        s,
        SectionName::Visits,
        vec![
            item(
                "|新宿循環器クリニック||循環器内科|2026-11-10|03-0000-0001",
                Claims,
                &[],
            ),
            item("|みなみ内科医院||内科|2026-11-08|03-0000-0002", Claims, &[]),
            item("|模擬大学病院||眼科|2026-09-01|03-0000-0003", Claims, &[]),
            item("|模擬大学病院||眼科|2026-08-01|03-0000-0003", Claims, &[]),
        ],
        &[],
    );
    let documents = s.get_mut(&SectionName::Documents).unwrap();
    documents.state = State::NotFetched;
    documents.sources = vec![source(Emr, State::NotFetched)];
    s.get_mut(&SectionName::Labs).unwrap().partial = Some(Partial {
        unreadable: 1,
        ..Partial::default()
    });
    summary.patient = Header {
        reference: Some("Patient/p1".into()),
        name: Some("山田 太郎".into()),
        kana: Some("ヤマダ タロウ".into()),
        usual_name: None,
        sex: Some(Sex::Male),
        birth_date: Some("1954-03-12".into()),
        birth_date_japanese: Some("昭和29年3月12日".into()),
        age: Some("72歳".into()),
        member_number_tail: Some("…6789".into()),
        death: None,
        contacts: Vec::new(),
    };
    summary.strip = Strip {
        state: State::Present,
        items: vec![
            StripItem {
                agent: "ペニシリン系抗菌薬".into(),
                reaction: Some("アナフィラキシー".into()),
                severe: true,
                marks: Vec::new(),
            },
            StripItem {
                agent: "そば".into(),
                reaction: Some("蕁麻疹".into()),
                severe: false,
                marks: vec!["未確認".into()],
            },
        ],
        text: None,
    };
    summary.notices = Vec::new();
    summary.accounting = Accounting {
        resources: 64,
        shown: 41,
        merged: 3,
        ..Accounting::default()
    };
    summary
}

/// The usual patient with a name that no template may take for markup, and a notice.
pub(super) fn hostile(language: Language) -> Summary {
    let mut summary = usual(language);
    summary.patient.name = Some(NAME.into());
    summary.notices = vec![Notice {
        tone: Tone::Warning,
        text: "<b>注意</b>".into(),
    }];
    for section in summary.sections.values_mut() {
        for (number, item) in section.items.iter_mut().enumerate() {
            item.title.push_str("<img src=x>");
            item.covered = number == 0;
        }
    }
    summary
}
