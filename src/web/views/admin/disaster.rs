//! The 災害時 flag.

use askama::Template;

use crate::{
    access::{Viewer, admin::Facility},
    domain::clock::Moment,
    web::context::Context,
};

use super::{Office, in_office};

/// The page.
#[derive(Template)]
#[template(path = "pages/admin-disaster.html")]
pub(in crate::web) struct DisasterPage {
    office: Office,
    /// What is on now.
    now: Option<String>,
    area: String,
    until: String,
}

in_office!(DisasterPage, refused);

impl DisasterPage {
    /// The page, with area and last day as typed.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        facility: &Facility,
        (area, until): (&str, &str),
        now: Moment,
    ) -> Self {
        let t = context.text();
        let today = now.japanese_day();
        let on = facility.disaster.as_ref();
        let on = on.filter(|_| facility.is_in_disaster(today));
        Self {
            office: Office::new(context, viewer, t.admin.disaster.title, "/admin/disaster"),
            now: on.map(|on| (t.admin.overview.disaster_on)(&on.area, &on.until.to_string())),
            area: area.to_owned(),
            until: match until {
                "" => today.to_string(),
                typed => typed.to_owned(),
            },
        }
    }
}
