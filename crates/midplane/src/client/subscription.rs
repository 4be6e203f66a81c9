//! Subscriptions: the protocol `graphql-transport-ws` over one WebSocket.
//!
//! `connection_init` (with the token) -> `connection_ack` -> `subscribe` -> `next`* -> `complete`. One subscription per
//! connection keeps flow control simple: a reader that does not call `next` stops the sender through TCP.

use std::sync::Arc;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::Client;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

trait Carrier: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Carrier for T {}

pub struct Subscription {
    socket: WebSocketStream<Box<dyn Carrier>>,
}

impl Client {
    pub async fn subscribe(&self, query: &str, variables: Value) -> Outcome<Subscription> {
        let url = format!("{}/graphql/ws", self.server.replacen("http", "ws", 1));
        let mut request =
            url.as_str().into_client_request().map_err(|err| self.unreachable(&err))?;
        let headers = request.headers_mut();
        headers.insert(
            "sec-websocket-protocol",
            http::HeaderValue::from_static("graphql-transport-ws"),
        );
        if let Some(value) = self.token().and_then(|token| format!("Bearer {token}").parse().ok()) {
            headers.insert("authorization", value);
        }
        let carrier = self.carrier(request.uri()).await?;
        let (mut socket, _) = tokio_tungstenite::client_async(request, carrier)
            .await
            .map_err(|err| self.unreachable(&err))?;
        let authorization = self.token().map(|token| format!("Bearer {token}"));
        let init = json!({"type": "connection_init", "payload": {"authorization": authorization}});
        let subscribe = json!({"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}});
        send(&mut socket, &init).await?;
        loop {
            match receive(&mut socket).await? {
                Some(message) if message["type"] == "connection_ack" => break,
                Some(message) if message["type"] == "ping" => {
                    send(&mut socket, &json!({"type": "pong"})).await?;
                }

                Some(_) => {}
                None => return Err(closed()),
            }
        }
        send(&mut socket, &subscribe).await?;
        Ok(Subscription { socket })
    }

    async fn carrier(&self, uri: &http::Uri) -> Outcome<Box<dyn Carrier>> {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let secure = uri.scheme_str() == Some("wss");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let tcp = TcpStream::connect((host.as_str(), port))
            .await
            .map_err(|err| self.unreachable(&err))?;
        if !secure {
            return Ok(Box::new(tcp));
        }
        let name = rustls::pki_types::ServerName::try_from(host)
            .map_err(|err| Failure::internal("read the server's name", &err))?;
        let connector = tokio_rustls::TlsConnector::from(Arc::new(super::tls::configuration()?));
        let tls = connector.connect(name, tcp).await.map_err(|err| self.unreachable(&err))?;
        Ok(Box::new(tls))
    }
}

impl Subscription {
    /// The next `data`, or `None` when the control plane has said all.
    pub async fn next(&mut self) -> Outcome<Option<Value>> {
        loop {
            let Some(mut message) = receive(&mut self.socket).await? else { return Err(closed()) };
            match message["type"].as_str() {
                Some("next") => {
                    if let Some(error) =
                        message["payload"].get("errors").and_then(|errors| errors.get(0))
                    {
                        return Err(super::of_graphql(error));
                    }
                    return Ok(Some(message["payload"]["data"].take()));
                }
                Some("error") => return Err(super::of_graphql(&message["payload"][0])),
                Some("complete") => return Ok(None),
                Some("ping") => send(&mut self.socket, &json!({"type": "pong"})).await?,
                _ => {}
            }
        }
    }
}

async fn send(socket: &mut WebSocketStream<Box<dyn Carrier>>, message: &Value) -> Outcome {
    socket.send(Message::text(message.to_string())).await.map_err(|err| closed().because(&err))
}

async fn receive(socket: &mut WebSocketStream<Box<dyn Carrier>>) -> Outcome<Option<Value>> {
    loop {
        match socket.next().await {
            None => return Ok(None),
            Some(Err(err)) => return Err(closed().because(&err)),
            Some(Ok(Message::Text(text))) => {
                return serde_json::from_str(&text)
                    .map(Some)
                    .map_err(|err| Failure::internal("read the stream", &err));
            }
            Some(Ok(Message::Close(frame))) => {
                let refused = frame
                    .as_ref()
                    .is_some_and(|frame| matches!(u16::from(frame.code), 4401 | 4403));
                return if refused {
                    Err(Failure::new("MP-CLI-03", Exit::Refused, "the control plane does not know this token, or there is none")
                        .next("set MIDPLANE_TOKEN, or use a context that has a token: `midplane up` writes one"))
                } else {
                    Ok(None)
                };
            }
            Some(Ok(_)) => {}
        }
    }
}

fn closed() -> Failure {
    Failure::new("MP-CLI-07", Exit::Unreachable, "the control plane ended the stream")
        .next("it may be restarting: try again; `midplane doctor` tells more")
}
