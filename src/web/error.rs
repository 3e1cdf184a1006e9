//! Every way a request can fail, mapped to a status once; a page never prints a cause.

use actix_web::{HttpResponse, ResponseError, http::StatusCode};

use crate::{
    access::{self, Field, Launched, Viewer, Wrong},
    domain::access::End,
    ledger, review, summary,
};

use super::{
    form::Kept,
    text::{Sentence, Text},
};

/// Why there is no page, by what the reader can do next.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Problem {
    /// The body, a field's encoding or the path cannot be read.
    #[error("malformed")]
    Malformed,
    /// A field holds what is not clean text; with what is left of the form.
    #[error("unclean")]
    Unclean(Box<Kept>),
    /// No session: to the sign-in page.
    #[error("not signed in")]
    NotSignedIn,
    /// The session is locked; with whom, where known.
    #[error("locked")]
    Locked(Option<Box<Viewer>>),
    /// Not allowed, not theirs, or not there: all the same.
    #[error("not allowed")]
    NotAllowed,
    /// No such page.
    #[error("not found")]
    NotFound,
    /// The page knows other methods: which, as the `Allow` header wants them.
    #[error("wrong method")]
    WrongMethod(&'static str),
    /// The grant is over; how it ended, where that is known.
    #[error("the grant is over")]
    GrantOver(Option<End>),
    /// The grant is another node's.
    #[error("another node's grant")]
    OtherNode,
    /// The candidate is too old.
    #[error("stale candidate")]
    Stale,
    /// The form is not from a page of this session.
    #[error("foreign form")]
    ForeignForm,
    /// The body is too large.
    #[error("too large")]
    TooLarge,
    /// The body is not a form.
    #[error("wrong type")]
    WrongType,
    /// Asked under a name that is not ours.
    #[error("wrong host")]
    WrongHost,
    /// A browser asks ahead of time.
    #[error("prefetch")]
    Prefetch,
    /// More is asked for than can be answered in time.
    #[error("busy")]
    Busy,
    /// A field is wrong.
    #[error("a field is wrong")]
    Field(Field, Wrong),
    /// What the facility's own system sent leads nowhere.
    #[error("the launch is not valid")]
    Launch(Launched),
    /// The page cannot be made.
    #[error("broken")]
    Broken,
    /// The ledger cannot be written.
    #[error("cannot record")]
    CannotRecord,
    /// Something that is needed does not answer.
    #[error("unavailable")]
    Unavailable,
    /// The page would have been built from two patients.
    #[error("two patients")]
    TwoPatients,
}

impl Problem {
    /// The sentence on the page.
    pub(super) fn sentence(&self, text: &'static Text) -> Sentence {
        let said = &text.problem;
        match self {
            Self::Malformed => said.malformed,
            Self::Unclean(_) => said.unclean,
            Self::NotSignedIn => said.signed_out,
            Self::Locked(_) => said.locked,
            Self::NotAllowed => said.not_allowed,
            Self::NotFound => said.not_found,
            Self::WrongMethod(_) => said.wrong_method,
            Self::GrantOver(None) => said.grant_over,
            Self::GrantOver(Some(end)) => (text.grants.ended)(*end),
            Self::OtherNode => said.other_node,
            Self::Stale => said.stale,
            Self::ForeignForm => said.foreign_form,
            Self::TooLarge => said.too_large,
            Self::WrongType => said.wrong_type,
            Self::WrongHost => said.wrong_host,
            Self::Prefetch => said.prefetch,
            Self::Busy => said.busy,
            Self::Field(..) => said.field,
            Self::Launch(Launched::Unverified) => text.launch.unverified,
            Self::Launch(Launched::OutOfTime) => text.launch.out_of_time,
            Self::Launch(Launched::Used) => text.launch.used,
            Self::Launch(Launched::NotYours) => text.launch.not_yours,
            Self::Launch(Launched::AnotherPatient) => text.launch.another_patient,
            Self::Broken => said.broken,
            Self::CannotRecord => said.cannot_record,
            Self::Unavailable => said.unavailable,
            Self::TwoPatients => said.two_patients,
        }
    }

    /// The wrong field, where one is.
    pub(super) const fn field(&self) -> Option<(Field, Wrong)> {
        if let Self::Field(field, wrong) = self {
            Some((*field, *wrong))
        } else {
            None
        }
    }

    /// What a bare status of the HTTP layer below means here.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::NotFound,
            405 => Self::WrongMethod("GET, POST"),
            413 => Self::TooLarge,
            415 => Self::WrongType,
            503 => Self::Unavailable,
            400..=499 => Self::Malformed,
            _ => Self::Broken,
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Malformed | Self::Unclean(_) => StatusCode::BAD_REQUEST,
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::Locked(_) => StatusCode::LOCKED,
            Self::NotAllowed
            | Self::ForeignForm
            | Self::Launch(Launched::Unverified | Launched::NotYours) => StatusCode::FORBIDDEN,
            Self::NotFound | Self::OtherNode => StatusCode::NOT_FOUND,
            Self::WrongMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::GrantOver(_) | Self::Launch(Launched::OutOfTime | Launched::Used) => {
                StatusCode::GONE
            }
            Self::Launch(Launched::AnotherPatient) => StatusCode::CONFLICT,
            Self::Stale | Self::Field(..) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::Prefetch | Self::Busy | Self::CannotRecord | Self::Unavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Broken | Self::TwoPatients => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Only the status: the door puts the page around it, because only the door knows the language.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<review::Error> for Problem {
    fn from(error: review::Error) -> Self {
        match error {
            review::Error::NotThere => Self::NotAllowed,
            review::Error::Unavailable | review::Error::NotYet => Self::Unavailable,
        }
    }
}

impl From<access::Error> for Problem {
    fn from(error: access::Error) -> Self {
        match error {
            access::Error::NotSignedIn => Self::NotSignedIn,
            access::Error::Locked => Self::Locked(None),
            access::Error::NotAllowed => Self::NotAllowed,
            access::Error::GrantOver(end) => Self::GrantOver(Some(end)),
            access::Error::OtherNode => Self::OtherNode,
            access::Error::ForeignForm => Self::ForeignForm,
            access::Error::StaleCandidate => Self::Stale,
            access::Error::Field(field, wrong) => Self::Field(field, wrong),
            access::Error::Launch(why) => Self::Launch(why),
            // The glass page answers both itself; elsewhere they cannot be asked for.
            access::Error::Confirm { .. } | access::Error::AskConsent => {
                Self::Field(Field::Reason, Wrong::NotOneOf)
            }
            access::Error::CannotRecord => Self::CannotRecord,
            access::Error::Unavailable => Self::Unavailable,
        }
    }
}

impl From<access::admin::Error> for Problem {
    /// Where no form is there to say it on.
    fn from(error: access::admin::Error) -> Self {
        use access::admin::Error;
        match error {
            Error::Unknown | Error::NotAllowed => Self::NotAllowed,
            Error::Taken | Error::Invalid(_) => Self::Malformed,
            Error::Refused(_) | Error::Unavailable => Self::Unavailable,
            Error::CannotRecord => Self::CannotRecord,
        }
    }
}

impl From<summary::Error> for Problem {
    fn from(error: summary::Error) -> Self {
        match error {
            summary::Error::TwoPatients => Self::TwoPatients,
        }
    }
}

impl From<ledger::Error> for Problem {
    fn from(error: ledger::Error) -> Self {
        match error {
            ledger::Error::GrantNotOpen => Self::GrantOver(None),
            ledger::Error::CannotRecord
            | ledger::Error::CannotOpen(_)
            | ledger::Error::CannotRead(_) => Self::CannotRecord,
        }
    }
}

impl From<askama::Error> for Problem {
    fn from(_: askama::Error) -> Self {
        Self::Broken
    }
}
