//! N ready bytes over HTTP with the product's own server settings: the 1.00 that every measured
//! ratio is taken against.

use actix_web::{App, HttpResponse, HttpServer, http::header, web};
use clap::Parser;

/// `bare --port P --bytes N`
#[derive(Parser)]
struct Arguments {
    /// Port on the loopback interface.
    #[arg(long)]
    port: u16,
    /// How many bytes every answer has.
    #[arg(long)]
    bytes: usize,
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let body = web::Bytes::from(vec![b'x'; arguments.bytes]);
    let server = HttpServer::new(move || {
        let body = body.clone();
        App::new().default_service(web::to(move || {
            let body = body.clone();
            async move {
                HttpResponse::Ok()
                    .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
                    .insert_header((header::CACHE_CONTROL, "no-store"))
                    .body(body)
            }
        }))
    });
    emergency_summary::with_server_settings!(server)
        .bind(("127.0.0.1", arguments.port))?
        .run()
        .await
}
