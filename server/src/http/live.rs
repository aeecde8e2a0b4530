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
use opencmp_domain::{Scope, live::Watch};
use std::{collections::HashMap, convert::Infallible};

pub async fn stream(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let watch = match Watch::from_query(|name| query.get(name).cloned()) {
        Ok(watch) => watch,
        Err(message) => return (StatusCode::BAD_REQUEST, message).into_response(),
    };
    let Ok(subscription) = state.hub.subscribe(scope, watch) else {
        return (StatusCode::FORBIDDEN, "these figures are the operator's").into_response();
    };
    let events = stream::unfold(subscription, async |mut subscription| {
        let message = subscription.next().await?;
        Some((Ok::<_, Infallible>(Event::default().data(&*message)), subscription))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}
