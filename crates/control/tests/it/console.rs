//! The console's page and files, as browsers get them.

use control::rest::console::Asset;
use http::StatusCode;

use crate::stand::{stand, stand_with};

/// `<p>page</p>` and `go()`, each packed as the console's build packs it; "br" stands for what brotli would make of it.
pub(crate) const ASSETS: &[Asset] = &[
    Asset { path: "assets/app-1a2b.js.br", bytes: b"br" },
    Asset {
        path: "assets/app-1a2b.js.gz",
        bytes: &[
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff, 0x4b, 0xcf, 0xd7, 0xd0, 4, 0, 0x7d, 0xaa, 0xd1,
            0xdb, 4, 0, 0, 0,
        ],
    },
    Asset { path: "assets/text-3c.woff2", bytes: b"font" },
    Asset { path: "index.html.br", bytes: b"<p>page</p>" },
];

const BROTLI: (&str, &str) = ("accept-encoding", "gzip, br");

#[tokio::test]
async fn pg_every_screen_is_one_page_that_loads_nothing_from_elsewhere() {
    let stand = stand().await;
    for path in
        ["/", "/messages", "/messages/0192", "/integrations/orders/routes/intake", "/settings"]
    {
        let page = stand.get(path, &[BROTLI]).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.text, "<p>page</p>", "{path}");
        assert_eq!(page.headers["cache-control"], "no-store");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        for way_out in ["unsafe", "http:", "https:", "*"] {
            assert!(!policy.contains(way_out), "{policy}");
        }
    }
    let nothing = stand.get("/nonsense", &[BROTLI]).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    assert!(nothing.text.contains("MP-API-13"), "{}", nothing.text);
    let nothing = stand.get("/nonsense", &[("accept", "text/html,*/*")]).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    assert!(nothing.text.contains("<a href=\"/\">"), "{}", nothing.text);
    let foreign = stand.get("/", &[BROTLI, ("host", "rebound.example")]).await;
    assert_eq!(foreign.status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn pg_a_file_is_kept_for_ever_and_sent_as_the_browser_takes_it() {
    let stand = stand().await;
    let brotli = stand.get("/assets/app-1a2b.js", &[BROTLI]).await;
    assert_eq!(
        (brotli.text.as_str(), &brotli.headers["content-encoding"]),
        ("br", &"br".parse().unwrap())
    );
    assert_eq!(brotli.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(brotli.headers["content-type"], "text/javascript; charset=utf-8");
    let plain = stand.get("/assets/app-1a2b.js", &[]).await;
    assert_eq!(plain.text, "go()");
    assert!(!plain.headers.contains_key("content-encoding"));
    assert_eq!(stand.get("/assets/text-3c.woff2", &[]).await.text, "font");
    for path in ["/assets/app-1a2b.js.br", "/assets/none.js", "/assets/..%2Findex.html"] {
        assert_eq!(stand.get(path, &[BROTLI]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn pg_a_server_without_the_console_says_so_and_points_to_the_status_page() {
    let stand = stand_with(|settings| settings.console = &[]).await;
    let page = stand.get("/", &[BROTLI]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("href=\"/status\""), "{}", page.text);
}
