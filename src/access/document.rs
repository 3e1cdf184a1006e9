//! Documents that may be opened: the sealed name that stands in a page, and what it stands for.

use serde::{Deserialize, Serialize};

use super::{Access, Error, Viewer, session::unlocked};
use crate::domain::{access::Grant, section::SourceName};

/// What a document's sealed name holds; session and grant are not in it but seal it.
#[derive(Serialize, Deserialize)]
struct Sealed {
    source: SourceName,
    resource: String,
}

impl Access {
    /// The opaque name of a document on a page of this grant: worth nothing under another session
    /// or grant. `None` where it cannot be sealed.
    #[must_use]
    pub fn document_name(
        &self,
        viewer: &Viewer,
        grant: &Grant,
        (source, resource): (SourceName, &str),
    ) -> Option<String> {
        let sealed = Sealed {
            source,
            resource: resource.to_owned(),
        };
        self.inner.documents.close(&sealed, &bound(viewer, grant))
    }

    /// What an opaque name stands for.
    ///
    /// # Errors
    /// [`Error::Locked`]; [`Error::NotAllowed`] for one that is forged, of another session or grant,
    /// or older than a grant lasts: the refusal is recorded.
    pub async fn document_named(
        &self,
        viewer: &Viewer,
        grant: &Grant,
        name: &str,
    ) -> Result<(SourceName, String), Error> {
        unlocked(viewer)?;
        let opened = self
            .inner
            .documents
            .open::<Sealed>(name, &bound(viewer, grant), grant.span);
        match opened {
            Some(Sealed { source, resource }) => Ok((source, resource)),
            None => Err(self
                .not_allowed(viewer, "document", "not_sealed_here")
                .await),
        }
    }

    /// Refuses a document that may not be opened any more, and records it.
    pub async fn no_document(&self, viewer: &Viewer) -> Error {
        self.not_allowed(viewer, "document", "no_such_row").await
    }
}

fn bound(viewer: &Viewer, grant: &Grant) -> String {
    format!("{} {}", viewer.session, grant.id)
}
