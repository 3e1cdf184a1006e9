//! What a patient is told of who saw what: that it is told is an entry first, with who asked and how
//! they were identified.

use actix_web::{HttpResponse, web::Data};
use chrono::NaiveDate;

use crate::{
    access::Viewer,
    domain::{
        access::Person,
        birth_date,
        event::Event,
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber},
        review::{Asker, Inquiry, Proof},
        text::folded,
    },
    ledger::InPart,
    review::Disclosure,
    web::{
        context::Context,
        error::Problem,
        guard::{Guarded, Posted, ReadLedger},
        text::Text,
        views::review::disclosure::{Disclosed, DisclosurePage, Typed, table},
    },
};

use super::{draft, replay::AuditDesk};

/// Characters of the longest name, and of the longest remark.
const LONGEST_NAME: usize = 120;
const LONGEST_RIGHT: usize = 200;
/// Characters of the longest part of a number.
const LONGEST_PART: usize = 40;

/// `GET /audit/disclosure`
pub(in crate::web) async fn get(guarded: Guarded<ReadLedger>) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    DisclosurePage::new(context, viewer, Typed::default()).respond()
}

/// `POST /audit/disclosure`
pub(in crate::web) async fn post(
    posted: Posted<ReadLedger>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&posted.viewer, &posted.context);
    let t = context.text();
    let typed = Typed::of(&posted.fields);
    let page = DisclosurePage::new(context, viewer, typed.clone());
    let asked = match asked(&typed, posted.fields.get("as") == "table", t) {
        Ok(asked) => asked,
        Err(why) => return page.wrong(why).respond(),
    };
    let found = desk.disclosure(viewer, context, &asked).await?;
    if found.read.is_another {
        return page.wrong(t.disclosure.another).respond();
    }
    if found.read.is_unproven {
        return page.wrong(t.disclosure.unproven).respond();
    }
    let disclosed = Disclosed {
        viewer,
        inquiry: &asked.inquiry,
        number: asked.number.value(),
        found: &found,
        now: desk.clock.now().wall,
    };
    if asked.inquiry.as_table {
        return table(&disclosed, t);
    }
    page.with(&disclosed).respond()
}

impl AuditDesk {
    /// Nothing is looked up before the request is recorded.
    async fn disclosure(
        &self,
        viewer: &Viewer,
        context: &Context,
        asked: &Asked,
    ) -> Result<InPart<Disclosure>, Problem> {
        let person = Person {
            number: asked.number.clone(),
            system: MEMBER_NUMBER_SYSTEM.to_owned(),
            patient: None,
        };
        let told = Event::Disclosed(Box::new(asked.inquiry.clone()));
        let entry = draft(viewer, context, Some(person), told);
        self.ledger.append(entry).await?;
        let (facility, number) = (&viewer.facility, &asked.number);
        Ok(self.review.disclosure(facility, number, asked.born).await?)
    }
}

/// Who asks, of whom, and the birth date that must agree.
struct Asked {
    inquiry: Inquiry,
    number: MemberNumber,
    born: NaiveDate,
}

/// Reads the form; the sentence where it is not whole.
fn asked(typed: &Typed, as_table: bool, t: &Text) -> Result<Asked, &'static str> {
    let said = &t.disclosure;
    let is_long = |text: &str, most| text.chars().count() > most;
    let (asker, proof) = (Asker::parse(&typed.asker), Proof::parse(&typed.proof));
    let (Some(asker), Some(proof)) = (asker, proof) else {
        return Err(said.incomplete);
    };
    if typed.name.is_empty() || is_long(&typed.name, LONGEST_NAME) {
        return Err(said.incomplete);
    }
    let needs_right = asker != Asker::Patient;
    if is_long(&typed.note, LONGEST_RIGHT) || (needs_right && typed.note.is_empty()) {
        return Err(said.right_missing);
    }
    let number = number(typed).ok_or(said.number_wrong)?;
    let born = birth_date::parse(&typed.born).ok_or(said.born_wrong)?;
    let inquiry = Inquiry {
        asker,
        proof,
        name: typed.name.clone(),
        right: Some(typed.note.clone()).filter(|note| !note.is_empty()),
        as_table,
    };
    Ok(Asked {
        inquiry,
        number,
        born,
    })
}

/// A number of one person.
fn number(typed: &Typed) -> Option<MemberNumber> {
    let is_digits = |text: &String| {
        let text = folded(text);
        !text.is_empty() && text.len() <= LONGEST_PART && text.bytes().all(|b| b.is_ascii_digit())
    };
    let is_branch = folded(&typed.branch).is_empty() || is_digits(&typed.branch);
    let is_whole = [&typed.insurer, &typed.number].into_iter().all(is_digits);
    if !is_whole || !is_branch || typed.symbol.chars().count() > LONGEST_PART {
        return None;
    }
    MemberNumber::new(&typed.insurer, &typed.symbol, &typed.number, &typed.branch)
        .filter(MemberNumber::is_one_persons)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::section::Language;

    fn typed() -> Typed {
        Typed {
            asker: "patient".to_owned(),
            name: "山田 太郎".to_owned(),
            proof: "photograph".to_owned(),
            note: String::new(),
            insurer: "０６１３９９９９".to_owned(),
            symbol: "12-34".to_owned(),
            number: "187".to_owned(),
            branch: "1".to_owned(),
            born: "昭和29年3月12日".to_owned(),
        }
    }

    #[test]
    fn whoever_asks_is_named_identified_and_asks_by_right_and_the_number_is_one_persons() {
        let t = Text::of(Language::Ja);
        let said = &t.disclosure;
        let right = asked(&typed(), false, t).ok().unwrap();
        let inquiry = right.inquiry;
        assert_eq!((inquiry.asker, inquiry.right), (Asker::Patient, None));
        assert_eq!(right.number.value(), "06139999:1234:187:01");
        assert_eq!(right.born.to_string(), "1954-03-12");
        for (change, why) in [
            (
                (|typed| typed.asker.clear()) as fn(&mut Typed),
                said.incomplete,
            ),
            (|typed| typed.name.clear(), said.incomplete),
            (|typed| typed.name = "あ".repeat(121), said.incomplete),
            (|typed| typed.proof.clear(), said.incomplete),
            (
                |typed| typed.asker = "delegate".to_owned(),
                said.right_missing,
            ),
            (|typed| typed.note = "あ".repeat(201), said.right_missing),
            (|typed| typed.branch.clear(), said.number_wrong),
            (|typed| typed.number = "18x".to_owned(), said.number_wrong),
            (|typed| typed.insurer.clear(), said.number_wrong),
            (|typed| typed.born = "昨日".to_owned(), said.born_wrong),
        ] {
            let mut wrong = typed();
            change(&mut wrong);
            assert_eq!(asked(&wrong, false, t).err(), Some(why), "{wrong:?}");
        }
    }
}
