//! HTTP in, HTTP out. Put it behind your own sign-in.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use crate::shop::{Shop, ShopError};

/// `PUT /orders/{id}` buys, and `POST /orders/{id}/codes` hands out.
pub fn router(shop: Shop) -> Router {
    Router::new()
        .route("/orders/{id}", put(place))
        .route("/orders/{id}/codes", post(hand_out))
        .with_state(shop)
}

#[derive(Deserialize)]
struct Wanted {
    traffic: i64,
    count: u32,
}

/// A customer's typing error must not empty the wallet.
const MOST: u32 = 100;

async fn place(
    State(shop): State<Shop>,
    Path(id): Path<String>,
    Json(wanted): Json<Wanted>,
) -> Response {
    if wanted.traffic < 1 || !(1..=MOST).contains(&wanted.count) || id.len() > 64 {
        let error = json!({ "error": "traffic from 1, count from 1 to 100, an order number of 64 letters" });
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response();
    }
    match shop.sell(&id, wanted.traffic, wanted.count).await {
        Ok(order) => {
            let body = json!({ "ready": order.bought(), "handed_out": !order.is_open() });
            Json(body).into_response()
        }
        Err(error) => error.into_response(),
    }
}

async fn hand_out(State(shop): State<Shop>, Path(id): Path<String>) -> Response {
    match shop.hand_out(&id).await {
        Ok(codes) => Json(json!({ "codes": codes })).into_response(),
        Err(error) => error.into_response(),
    }
}

impl IntoResponse for ShopError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Conflict => StatusCode::CONFLICT,
            Self::NoSuchOrder => StatusCode::NOT_FOUND,
            Self::HandedOut => StatusCode::GONE,
            // The order is written down, and a person decides: to place it again would not help.
            Self::Held => StatusCode::ACCEPTED,
            Self::Later | Self::Unsettled => StatusCode::SERVICE_UNAVAILABLE,
        };
        let body = Json(json!({ "error": self.to_string() }));
        let mut response = (status, body).into_response();
        if matches!(self, Self::Later | Self::Unsettled) {
            // The issuer looks for a lost purchase every 30 s in the end: sooner tells nothing new.
            let wait = HeaderValue::from_static("30");
            response.headers_mut().insert(RETRY_AFTER, wait);
        }
        response
    }
}
