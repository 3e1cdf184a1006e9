//! What the crew's form says, as touches.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::{
        birth_date,
        handoff::{
            Acuity, AgeBand, Change, Complaint, Done, Finding, Form, Gcs, Jcs, Label, Mechanism,
            Part, Pupil, Pupils, RowId, Rule, Standing, TimePoint, Treatment, VitalSet,
        },
    },
    web::{form::Fields, views::handoff::sex},
};

use super::typed::{self, Flaw, Touched};

/// What a form is read with.
pub(super) struct Reading<'a> {
    pub(super) fields: &'a Fields,
    /// The name of a row that it adds.
    pub(super) row: RowId,
    /// When it was touched: what says "now" says this.
    pub(super) touched: Touched,
    /// The report as it stands, where a row of it is changed.
    pub(super) stored: Option<&'a Form>,
}

/// Minutes until arrival, at most.
const LONGEST_ETA: i64 = 24 * 60;

/// Whether the form changes a row as it stands.
pub(super) fn needs_report(fields: &Fields) -> bool {
    let names = ["strike_vitals", "strike_done", "done"];
    fields.names().any(|name| names.contains(&name))
}

/// The part of the page that a form stands in.
pub(super) fn part(fields: &Fields) -> &'static str {
    let parts = [
        ("patient", &["age", "sex", "label", "name"][..]),
        (
            "mechanism",
            &["complaint", "complaint_note", "mechanism", "mechanism_note"],
        ),
        ("findings", &["finding", "finding_note"]),
        ("vitals", &["vitals", "strike_vitals"]),
        (
            "treatments",
            &["treatment", "done", "strike_done", "course"],
        ),
        (
            "record",
            &["line", "confirm_line", "strike_line", "restore_line"],
        ),
        ("times", &["time", "now", "eta"]),
    ];
    let is_there = |names: &&[&str]| fields.names().any(|name| names.contains(&name));
    let found = parts.into_iter().find(|(_, names)| is_there(names));
    found.map_or("alerts", |(part, _)| part)
}

impl Reading<'_> {
    /// Every touch that the form says; what was not changed on the page is none.
    pub(super) fn changes(&self) -> Result<Vec<Change>, Flaw> {
        let mut changes = Vec::new();
        let mut is_known = false;
        for (name, value) in self.fields.pairs() {
            let Some(change) = self.change(name, value) else {
                continue;
            };
            is_known = true;
            changes.extend(change?);
        }
        if is_known {
            let said_any = !changes.is_empty();
            let kept = self.touched.kept().filter(|_| said_any);
            changes.extend(kept.map(Change::Ago));
            Ok(changes)
        } else {
            Err(Flaw::Nothing)
        }
    }

    /// One field; `None` where the name is not one that says anything.
    fn change(&self, name: &str, value: &str) -> Option<Result<Option<Change>, Flaw>> {
        if let Some(change) = self.typed(name, value) {
            return Some(change);
        }
        Some(match name {
            "age" => one(value, AgeBand::parse).map(|age| Some(Change::AgeBand(age))),
            "sex" => one(value, sex).map(|sex| Some(Change::Sex(sex))),
            "acuity" => one(value, Acuity::parse).map(|acuity| Some(Change::Acuity(acuity))),
            "complaint" => any(value, Complaint::parse, Change::Complaint),
            "mechanism" => any(value, Mechanism::parse, Change::Mechanism),
            "finding" => any(value, Finding::parse, Change::Finding),
            "ready" => any(value, Label::parse, Change::Label),
            "alert" => any(value, Rule::parse, Change::Dismissed),
            "treatment" => self.treatment(value).map(Some),
            "done" => self.put_right(value).map(Some),
            "strike_done" => self.strike_done(value).map(Some),
            "vitals" => self.vitals().map(|set| Some(Change::Vital(set))),
            "strike_vitals" => self.strike_vitals(value).map(Some),
            "line" => self.line(value).map(Some),
            "confirm_line" => standing(value, Standing::Confirmed),
            "strike_line" => standing(value, Standing::Struck),
            "restore_line" => standing(value, Standing::Proposed),
            "now" => self.now(value).map(Some),
            "time_at" => self.time(value),
            "eta" => self.eta(value).map(|eta| Some(Change::Eta(eta))),
            _ => return None,
        })
    }

    /// A typed field, where it was changed on the page.
    fn typed(&self, name: &str, value: &str) -> Option<Result<Option<Change>, Flaw>> {
        let change: fn(String) -> Change = match name {
            "label" => Change::PatientLabel,
            "name" => Change::Name,
            "kana" => Change::Kana,
            "complaint_note" => Change::ComplaintNote,
            "mechanism_note" => Change::MechanismNote,
            "finding_note" => Change::FindingNote,
            "course" => Change::Course,
            "birth_date" => |_| Change::BirthDate(None),
            _ => return None,
        };
        let value = value.trim();
        if self.fields.get(&format!("was_{name}")) == value {
            return Some(Ok(None));
        }
        if name != "birth_date" || value.is_empty() {
            return Some(Ok(Some(change(value.to_owned()))));
        }
        let date = birth_date::parse(value).ok_or(Flaw::BirthDate);
        Some(date.map(|date| Some(Change::BirthDate(Some(date)))))
    }

    fn now(&self, value: &str) -> Result<Change, Flaw> {
        let point = TimePoint::parse(value).ok_or(Flaw::Nothing)?;
        Ok(Change::Time(point, Some(self.touched.at()?)))
    }

    fn treatment(&self, value: &str) -> Result<Change, Flaw> {
        Ok(Change::Treatment(Done {
            id: self.row.clone(),
            what: Treatment::parse(value).ok_or(Flaw::Nothing)?,
            at: Some(self.touched.at()?),
            note: String::new(),
            struck: false,
        }))
    }

    fn stored_done(&self, row: &str) -> Result<Done, Flaw> {
        let form = self.stored.ok_or(Flaw::Nothing)?;
        let mut rows = form.treatments.iter();
        let found = rows.find(|done| done.id.to_string() == row);
        found.cloned().ok_or(Flaw::Nothing)
    }

    /// Time and note of a treatment. A time that was left as it is shown keeps its seconds.
    fn put_right(&self, row: &str) -> Result<Change, Flaw> {
        let done = self.stored_done(row)?;
        let at = typed::time(self.fields.get("done_at"), self.touched)?;
        let is_same = at.zip(done.at).is_some_and(|(new, old)| {
            (0..60).contains(&old.signed_duration_since(new).num_seconds())
        });
        Ok(Change::Treatment(Done {
            at: if is_same { done.at } else { at },
            note: self.fields.get("done_note").trim().to_owned(),
            ..done
        }))
    }

    fn strike_done(&self, value: &str) -> Result<Change, Flaw> {
        let (struck, row) = toggle(value).ok_or(Flaw::Nothing)?;
        let done = self.stored_done(row)?;
        Ok(Change::Treatment(Done { struck, ..done }))
    }

    fn strike_vitals(&self, value: &str) -> Result<Change, Flaw> {
        let (struck, row) = toggle(value).ok_or(Flaw::Nothing)?;
        let form = self.stored.ok_or(Flaw::Nothing)?;
        let mut sets = form.vitals.iter();
        let found = sets.find(|set| set.id.to_string() == row);
        let set = found.cloned().ok_or(Flaw::Nothing)?;
        Ok(Change::Vital(VitalSet { struck, ..set }))
    }

    fn line(&self, value: &str) -> Result<Change, Flaw> {
        let part = Part::parse(self.fields.get("part")).ok_or(Flaw::Nothing)?;
        let text = value.trim().to_owned();
        if text.is_empty() {
            return Err(Flaw::Nothing);
        }
        Ok(Change::Line {
            id: self.row.clone(),
            part,
            text,
        })
    }

    /// One of the five times as typed; the button beside it says now, whatever is typed.
    fn time(&self, value: &str) -> Result<Option<Change>, Flaw> {
        if self.fields.names().any(|name| name == "now") {
            return Ok(None);
        }
        let point = TimePoint::parse(self.fields.get("time")).ok_or(Flaw::Nothing)?;
        let at = typed::time(value, self.touched)?;
        Ok(Some(Change::Time(point, at)))
    }

    fn eta(&self, value: &str) -> Result<Option<DateTime<Utc>>, Flaw> {
        let minutes: i64 = value.parse().map_err(|_| Flaw::Nothing)?;
        let is_sound = (0..=LONGEST_ETA).contains(&minutes);
        if is_sound {
            Ok(Some(self.touched.at()? + TimeDelta::minutes(minutes)))
        } else {
            Err(Flaw::Nothing)
        }
    }

    /// A whole set of vital signs.
    fn vitals(&self) -> Result<VitalSet, Flaw> {
        let get = |name| self.fields.get(name);
        let at = match typed::time(get("at"), self.touched)? {
            Some(at) => at,
            None => self.touched.at()?,
        };
        let set = VitalSet {
            jcs: self.jcs()?,
            gcs: self.gcs()?,
            breathing: typed::whole(get("breathing"), "breathing")?,
            pulse: typed::whole(get("pulse"), "pulse")?,
            systolic: typed::whole(get("systolic"), "systolic")?,
            diastolic: typed::whole(get("diastolic"), "diastolic")?,
            spo2: typed::whole(get("spo2"), "spo2")?,
            oxygen_tenths: typed::short_tenths(get("oxygen"), "oxygen")?,
            temperature_tenths: typed::short_tenths(get("temperature"), "temperature")?,
            pupils: Pupils {
                right: self.pupil("pupil_right", "right_reacts")?,
                left: self.pupil("pupil_left", "left_reacts")?,
            },
            glucose_tenths: typed::tenths(get("glucose"), "glucose")?,
            ..VitalSet::new(self.row.clone(), at)
        };
        if set.is_empty() {
            Err(Flaw::Nothing)
        } else {
            Ok(set)
        }
    }

    fn pupil(&self, width: &'static str, reacts: &str) -> Result<Pupil, Flaw> {
        Ok(Pupil {
            width_tenths: typed::short_tenths(self.fields.get(width), width)?,
            reacts: match self.fields.get(reacts) {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
        })
    }

    fn jcs(&self) -> Result<Option<Jcs>, Flaw> {
        let level = self.fields.get("jcs");
        let added = self.fields.all("jcs_more");
        if level.is_empty() && added.is_empty() {
            return Ok(None);
        }
        let jcs = Jcs::parse(&format!("{level}{}", added.concat()));
        jcs.map(Some).ok_or(Flaw::Jcs)
    }

    fn gcs(&self) -> Result<Option<Gcs>, Flaw> {
        let parts = ["eyes", "verbal", "motor"].map(|name| self.fields.get(name));
        if parts.iter().all(|part| part.is_empty()) {
            return Ok(None);
        }
        let [eyes, verbal, motor] = parts;
        let gcs = Gcs::parse(&format!("E{eyes}V{verbal}M{motor}"));
        gcs.map(Some).ok_or(Flaw::Gcs)
    }
}

/// One of several, or none of them.
fn one<T>(value: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Flaw> {
    if value.is_empty() {
        return Ok(None);
    }
    parse(value).map(Some).ok_or(Flaw::Nothing)
}

/// One of several that may all be so: `on.word` or `off.word`.
fn any<T>(
    value: &str,
    parse: impl Fn(&str) -> Option<T>,
    change: impl Fn(T, bool) -> Change,
) -> Result<Option<Change>, Flaw> {
    let (is_so, word) = toggle(value).ok_or(Flaw::Nothing)?;
    let what = parse(word).ok_or(Flaw::Nothing)?;
    Ok(Some(change(what, is_so)))
}

fn toggle(value: &str) -> Option<(bool, &str)> {
    let (then, what) = value.split_once('.')?;
    match then {
        "on" => Some((true, what)),
        "off" => Some((false, what)),
        _ => None,
    }
}

fn standing(value: &str, standing: Standing) -> Result<Option<Change>, Flaw> {
    let row = RowId::new(value).ok_or(Flaw::Nothing)?;
    Ok(Some(Change::Standing(row, standing)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-22T01:41:00Z";

    fn read(body: &str) -> Result<Vec<Change>, Flaw> {
        let fields = Fields::parse(body.as_bytes()).ok().unwrap();
        let reading = Reading {
            fields: &fields,
            row: RowId::new("row").unwrap(),
            touched: Touched::of(fields.get("ago"), NOW.parse().unwrap()),
            stored: None,
        };
        reading.changes()
    }

    #[test]
    fn every_touch_says_what_is_then_so() {
        for (body, change) in [
            ("age=70s", Change::AgeBand(Some(AgeBand::Seventies))),
            ("age=", Change::AgeBand(None)),
            (
                "complaint=on.chest_pain",
                Change::Complaint(Complaint::ChestPain, true),
            ),
            (
                "complaint=off.chest_pain",
                Change::Complaint(Complaint::ChestPain, false),
            ),
            ("ready=on.infection", Change::Label(Label::Infection, true)),
            ("alert=on.cpss", Change::Dismissed(Rule::Cpss, true)),
            ("name=山田&was_name=", Change::Name("山田".to_owned())),
            ("name=&was_name=山田", Change::Name(String::new())),
            (
                "birth_date=S29.3.12&was_birth_date=",
                Change::BirthDate("1954-03-12".parse().ok()),
            ),
        ] {
            assert_eq!(read(body), Ok(vec![change]), "{body}");
        }
    }

    #[test]
    fn what_a_tablet_kept_has_the_time_of_its_touch_and_says_that_it_came_later() {
        let now: DateTime<Utc> = NOW.parse().unwrap();
        let then = now - TimeDelta::minutes(20);
        let ago = Change::Ago(1200);
        let called = Change::Time(TimePoint::Called, Some(then));
        assert_eq!(read("now=called&ago=1200"), Ok(vec![called, ago.clone()]));
        let eta = Change::Eta(Some(then + TimeDelta::minutes(30)));
        assert_eq!(read("eta=30&ago=1200"), Ok(vec![eta, ago.clone()]));
        let typed = read("time=called&time_at=1015&ago=1200");
        let at = "2026-11-22T01:15:00Z".parse().ok();
        assert_eq!(
            typed,
            Ok(vec![Change::Time(TimePoint::Called, at), ago.clone()]),
            "as typed"
        );
        for body in ["vitals=add&spo2=98&ago=1200", "treatment=oxygen&ago=1200"] {
            let at = match read(body).as_deref() {
                Ok([Change::Vital(set), last]) if *last == ago => Some(set.at),
                Ok([Change::Treatment(done), last]) if *last == ago => done.at,
                other => panic!("{body}: {other:?}"),
            };
            assert_eq!(at, Some(then), "{body}");
        }
        assert_eq!(read("name=a&was_name=a&ago=1200"), Ok(Vec::new()));
    }

    #[test]
    fn where_the_time_of_the_touch_is_not_known_nothing_is_recorded_as_of_then() {
        for body in [
            "now=called",
            "eta=30",
            "vitals=add&spo2=98",
            "treatment=oxygen",
            "time=called&time_at=1015",
        ] {
            let body = format!("{body}&ago=unknown");
            assert_eq!(read(&body), Err(Flaw::When), "{body}");
        }
        let touched = read("complaint=on.chest_pain&ago=unknown");
        let change = Change::Complaint(Complaint::ChestPain, true);
        assert_eq!(touched, Ok(vec![change]), "which has no time");
    }

    #[test]
    fn what_was_not_changed_on_the_page_is_not_sent_on() {
        assert_eq!(
            read("name=山田&was_name=山田&kana=&was_kana="),
            Ok(Vec::new())
        );
        let both = read("name=山田&was_name=山田&kana=ヤマダ&was_kana=");
        assert_eq!(both, Ok(vec![Change::Kana("ヤマダ".to_owned())]));
    }

    #[test]
    fn a_set_of_vital_signs_is_read_as_a_whole_or_not_at_all() {
        let sets = read("vitals=add&jcs=30&jcs_more=r&jcs_more=i&eyes=2&verbal=t&motor=5&spo2=98");
        let Ok([Change::Vital(set)]) = sets.as_deref() else {
            panic!("{sets:?}");
        };
        assert_eq!(set.jcs.map(|jcs| jcs.to_string()).as_deref(), Some("30-RI"));
        assert_eq!(
            set.gcs.and_then(Gcs::sum),
            None,
            "with a tube there is no sum"
        );
        assert_eq!((set.spo2, set.pulse), (Some(98), None));
        for (body, flaw) in [
            ("vitals=add", Flaw::Nothing),
            ("vitals=add&jcs_more=r", Flaw::Jcs),
            ("vitals=add&jcs=0&jcs_more=r", Flaw::Jcs),
            ("vitals=add&eyes=4", Flaw::Gcs),
            ("vitals=add&pulse=速い&spo2=98", Flaw::Value("pulse")),
            ("vitals=add&spo2=98&at=25時", Flaw::Time),
        ] {
            assert_eq!(read(body), Err(flaw), "{body}");
        }
    }

    #[test]
    fn what_the_form_does_not_know_is_nothing() {
        for body in [
            "",
            "age=young",
            "complaint=chest_pain",
            "complaint=on.nothing",
            "unknown=1",
            "eta=soon",
            "eta=-5",
            "eta=100000",
            "line=ペニシリン&part=nowhere",
            "line=&part=allergies",
            "treatment=prayer",
            "done=row&done_at=1041",
            "strike_vitals=on.row",
            "confirm_line=a b",
            "now=",
        ] {
            assert_eq!(read(body), Err(Flaw::Nothing), "{body}");
        }
    }
}
