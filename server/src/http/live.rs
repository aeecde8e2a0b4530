//! The live stream: `GET /live?<Watch>` answers server-sent events, each a [`opencmp_domain::live::LiveUpdate`] as JSON.

use super::AppState;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::stream;
use opencmp_app::request::Framed;
use opencmp_domain::{Scope, live::Watch};
use opencmp_service::{
    Service,
    people::{Token, Visitor},
};
use std::{collections::HashMap, convert::Infallible, sync::Arc, time::Duration};

pub async fn stream(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    Extension(token): Extension<Token>,
    Extension(visitor): Extension<Visitor>,
    framed: Option<Extension<Arc<Framed>>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let watch = match Watch::from_query(|name| query.get(name).cloned()) {
        Ok(watch) => watch,
        Err(message) => return (StatusCode::BAD_REQUEST, message).into_response(),
    };
    let held = scope.clone();
    let Ok(subscription) = state.hub.subscribe(scope, watch) else {
        return (StatusCode::FORBIDDEN, "these figures are the operator's").into_response();
    };
    let seat = Seat { service: state.service, token, framed: framed.is_some(), visitor, scope: held };
    let events = stream::unfold((subscription, seat), async |(mut subscription, seat)| {
        loop {
            let message = tokio::time::timeout(LOOK_EVERY, subscription.next()).await;
            if !seat.is_kept().await {
                return None;
            }
            if let Ok(message) = message {
                let event = Event::default().data(&*message?);
                return Some((Ok::<_, Infallible>(event), (subscription, seat)));
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

/// How often an open stream looks whether its reader may still read.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// For whom a stream is open.
struct Seat {
    service: Arc<Service>,
    token: Token,
    /// A frame of a portal, not a person.
    framed: bool,
    visitor: Visitor,
    scope: Scope,
}

impl Seat {
    /// Still signed in, and reaching the same. While nobody can say, the stream goes on.
    async fn is_kept(&self) -> bool {
        let reaches = if self.framed {
            let frame = self.service.frame(&self.token).await;
            frame.map(|frame| frame.map(|frame| self.service.scope_of_frame(&frame, &self.visitor)))
        } else {
            let caller = self.service.caller_held(&self.token).await;
            caller.map(|caller| caller.and_then(|caller| self.service.scope_of(&caller, &self.visitor)))
        };
        match reaches {
            Ok(scope) => scope.as_ref() == Some(&self.scope),
            Err(_) => true,
        }
    }
}
