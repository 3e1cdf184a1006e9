//! Guards: a handler that names one cannot be reached without what it stands for.

use std::marker::PhantomData;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use futures_util::future::LocalBoxFuture;

use crate::{
    access::{Access, Viewer},
    domain::access::Action,
};

use super::{
    context::Context,
    cookie,
    error::Problem,
    form::{self, Declared, Fields, Kept},
    times::Phase,
    upload::{self, Received},
};

/// Something that must be allowed before a handler runs.
pub(super) trait Permission: 'static {
    /// What is asked of the viewer's role.
    const ACTION: Action;
    /// Whether a locked session will do: only for unlocking, signing out and the language.
    const WHEN_LOCKED: bool = false;
    /// Whether a page asks that nobody touched: that is no activity.
    const LEFT_ALONE: bool = false;
}

/// Declares permissions.
macro_rules! permission {
    ($(#[$doc:meta])* $name:ident, $action:ident $(, $locked:literal)?) => {
        $(#[$doc])*
        pub(super) struct $name;

        impl Permission for $name {
            const ACTION: Action = Action::$action;
            $(const WHEN_LOCKED: bool = $locked;)?
        }
    };
}

permission! {
    /// A session.
    SignedIn, SignedIn
}
permission! {
    /// A session, locked or not.
    EvenLocked, SignedIn, true
}
/// A session whose page was left alone.
pub(super) struct LeftAlone;

impl Permission for LeftAlone {
    const ACTION: Action = Action::SignedIn;
    const LEFT_ALONE: bool = true;
}

permission! {
    /// To look for a patient.
    Search, Search
}
permission! {
    /// To open a grant.
    BreakGlass, BreakGlass
}
permission! {
    /// To read the ledger.
    ReadLedger, ReadLedger
}
permission! {
    /// To see a patient under a grant of one's own.
    ReadSummary, ReadSummary
}

permission! {
    /// To report a patient and to hand over.
    Handoff, Handoff
}
permission! {
    /// To see who comes, without a name.
    ReadBoard, ReadBoard
}
permission! {
    /// To answer a crew for the hospital.
    Accept, Accept
}

permission! {
    /// To change accounts and terminals.
    Administer, Administer
}
permission! {
    /// To give the emergency permission to others.
    Permit, Permit
}

/// Somebody signed in who may do `P` now.
pub(super) struct Guarded<P> {
    /// Who.
    pub(super) viewer: Viewer,
    /// The request, in the viewer's language.
    pub(super) context: Context,
    permission: PhantomData<P>,
}

/// Somebody signed in who may do `P` now, and a form of that very session.
pub(super) struct Posted<P> {
    /// Who.
    pub(super) viewer: Viewer,
    /// The request, in the viewer's language.
    pub(super) context: Context,
    /// What the form held.
    pub(super) fields: Fields,
    permission: PhantomData<P>,
}

/// The same with a file.
pub(super) struct Uploaded<P> {
    /// Who.
    pub(super) viewer: Viewer,
    /// The request, in the viewer's language.
    pub(super) context: Context,
    /// What the form held.
    pub(super) fields: Fields,
    /// The file.
    pub(super) file: Received,
    permission: PhantomData<P>,
}

/// A form of this service, from somebody who may be signed in.
pub(super) struct PostedByAnyone {
    /// Who, where the form is shown to be of that very session: a page without a session's token
    /// (sign-in) changes nothing of the session.
    pub(super) viewer: Option<Viewer>,
    /// The request.
    pub(super) context: Context,
    /// What the form held.
    pub(super) fields: Fields,
}

/// Who the request's session cookie stands for.
async fn viewer(
    request: &HttpRequest,
    context: &Context,
    left_alone: bool,
) -> Result<Viewer, Problem> {
    let session = cookie::read(request, cookie::Name::Session, &context.settings)
        .ok_or(Problem::NotSignedIn)?;
    let access = access(request)?;
    let caller = context.caller.clone();
    let viewer = async {
        if left_alone || context.is_by_page() {
            access.viewer_left(&session, caller).await
        } else {
            access.viewer(&session, caller).await
        }
    };
    Ok(context.times.of(Phase::Session, viewer).await?)
}

fn access(request: &HttpRequest) -> Result<Data<Access>, Problem> {
    request
        .app_data::<Data<Access>>()
        .cloned()
        .ok_or(Problem::Broken)
}

/// Lets the viewer through where `P` is allowed.
async fn admitted<P: Permission>(
    request: &HttpRequest,
    context: &Context,
) -> Result<Viewer, Problem> {
    let viewer = viewer(request, context, P::LEFT_ALONE).await?;
    match (viewer.locked, P::WHEN_LOCKED) {
        (true, false) => Err(Problem::Locked(Some(Box::new(viewer)))),
        (_, true) => Ok(viewer),
        (false, false) => {
            let access = access(request)?;
            let may = access.may(&viewer, P::ACTION);
            context.times.of(Phase::Session, may).await?;
            Ok(viewer)
        }
    }
}

impl<P: Permission> FromRequest for Guarded<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let context = Context::of(&request)?;
            let viewer = admitted::<P>(&request, &context).await?;
            Ok(Self {
                context: context.in_language(viewer.language),
                viewer,
                permission: PhantomData,
            })
        })
    }
}

impl<P: Permission> FromRequest for Posted<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            form::check_origin(&request)?;
            let context = Context::of(&request)?;
            let viewer = admitted::<P>(&request, &context).await?;
            let access = access(&request)?;
            let fields = match form::read(Declared::of(&request), payload).await {
                Err(Problem::Unclean(kept)) => return Err(sent_back(*kept, viewer, &access)),
                read => read?,
            };
            access.check_form(&viewer, fields.get("form_token"))?;
            Ok(Self {
                context: context.in_language(viewer.language),
                viewer,
                fields,
                permission: PhantomData,
            })
        })
    }
}

impl<P: Permission> FromRequest for Uploaded<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            form::check_origin(&request)?;
            let context = Context::of(&request)?;
            let viewer = admitted::<P>(&request, &context).await?;
            let (fields, file) = upload::read(&request, payload).await?;
            access(&request)?.check_form(&viewer, fields.get("form_token"))?;
            Ok(Self {
                context: context.in_language(viewer.language),
                viewer,
                fields,
                file,
                permission: PhantomData,
            })
        })
    }
}

/// What cannot be read comes back to the session whose form it is, and to nobody else.
fn sent_back(kept: Kept, viewer: Viewer, access: &Access) -> Problem {
    let token = kept.fields.get("form_token");
    if access.check_form(&viewer, token).is_err() {
        return Problem::Malformed;
    }
    Problem::Unclean(Box::new(Kept {
        viewer: Some(viewer),
        ..kept
    }))
}

impl FromRequest for PostedByAnyone {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            form::check_origin(&request)?;
            let context = Context::of(&request)?;
            let viewer = match viewer(&request, &context, false).await {
                Ok(viewer) => Some(viewer),
                Err(Problem::NotSignedIn) => None,
                Err(other) => return Err(other),
            };
            let fields = form::read(Declared::of(&request), payload).await?;
            let access = access(&request)?;
            let token = fields.get("form_token");
            Ok(Self {
                viewer: viewer.filter(|viewer| access.check_form(viewer, token).is_ok()),
                context,
                fields,
            })
        })
    }
}

/// A form that a page of another origin sent: a signed value in it vouches for it, nothing else.
pub(super) struct FromElsewhere {
    /// What the form held.
    pub(super) fields: Fields,
}

impl FromRequest for FromElsewhere {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let declared = Declared::of(request);
        let payload = payload.take();
        Box::pin(async move {
            let fields = match form::read(declared, payload).await {
                // Nothing that another origin sent is shown as if it were this service's.
                Err(Problem::Unclean(_)) => return Err(Problem::Malformed),
                read => read?,
            };
            Ok(Self { fields })
        })
    }
}

/// A form of a page of this service that was made before anybody was known: a sealed value in it
/// stands in for the session's token.
pub(super) struct SealedForm<P> {
    /// Who may do `P` now; `None` where nobody is signed in or the session is locked.
    pub(super) viewer: Option<Viewer>,
    /// The request, in the viewer's language.
    pub(super) context: Context,
    /// What the form held.
    pub(super) fields: Fields,
    permission: PhantomData<P>,
}

impl<P: Permission> FromRequest for SealedForm<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            form::check_origin(&request)?;
            let context = Context::of(&request)?;
            let viewer = admitted::<P>(&request, &context).await;
            let fields = form::read(Declared::of(&request), payload).await;
            let (viewer, fields) = match (viewer, fields) {
                (Ok(viewer), fields) => (Some(viewer), fields?),
                (Err(Problem::NotSignedIn | Problem::Locked(_)), Ok(fields)) => (None, fields),
                (Err(other), _) => return Err(other),
            };
            let language = viewer
                .as_ref()
                .map_or(context.language, |viewer| viewer.language);
            Ok(Self {
                viewer,
                context: context.in_language(language),
                fields,
                permission: PhantomData,
            })
        })
    }
}
