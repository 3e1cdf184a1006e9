//! What a log line or a panic may say of values that hold a secret: never the secret. Written by
//! hand, so that a new field is hidden until somebody names it here.

use std::fmt::{Debug, Formatter, Result};

use super::{
    Caller, Ceremony, Enrolment, NewSession, OwnFactor, Proof, SignIn, SignedIn, Stranger, TakenUp,
    Viewer,
};

impl Debug for Caller {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Caller")
            .field("has_device", &self.device.is_some())
            .field("has_session", &self.session.is_some())
            .field("certificate", &self.certificate)
            .field("address", &self.address)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

impl Debug for Viewer {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Viewer")
            .field("account", &self.account)
            .field("role", &self.role)
            .field("facility", &self.facility)
            .field("terminal", &self.terminal)
            .field("second_factor", &self.second_factor)
            .field("flags", &self.flags)
            .field("epoch", &self.epoch)
            .field("locked", &self.locked)
            .field("ends", &self.ends)
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

impl Debug for SignIn {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        // A password may have been typed into the field of the name.
        f.debug_struct("SignIn")
            .field("has_code", &self.code.is_some())
            .finish_non_exhaustive()
    }
}

impl Debug for SignedIn {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Done(session) => f.debug_tuple("Done").field(session).finish(),
            Self::NeedsCode { vouched, .. } => f
                .debug_struct("NeedsCode")
                .field("vouched", vouched)
                .finish_non_exhaustive(),
            Self::Refused(refusal) => f.debug_tuple("Refused").field(refusal).finish(),
        }
    }
}

impl Debug for NewSession {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("NewSession")
            .field("has_device", &self.device.is_some())
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

impl Debug for OwnFactor {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Self::Typed { .. } => "Typed",
            Self::Passkey { .. } => "Passkey",
        })
    }
}

impl Debug for Stranger {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Stranger").finish_non_exhaustive()
    }
}

impl Debug for TakenUp {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Done(device) => f.debug_tuple("Done").field(&device.is_some()).finish(),
            Self::NotYet => f.write_str("NotYet"),
            Self::NoLocation => f.write_str("NoLocation"),
            Self::Over => f.write_str("Over"),
            Self::Slowed(wait) => f.debug_tuple("Slowed").field(wait).finish(),
        }
    }
}

impl Debug for Enrolment {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Enrolment").finish_non_exhaustive()
    }
}

impl Debug for Proof {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Totp { name, .. } => f
                .debug_struct("Totp")
                .field("name", name)
                .finish_non_exhaustive(),
            Self::Passkey { name, .. } => f
                .debug_struct("Passkey")
                .field("name", name)
                .finish_non_exhaustive(),
        }
    }
}

impl Debug for Ceremony {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Ceremony").finish_non_exhaustive()
    }
}
