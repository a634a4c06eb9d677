use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use wechatpay_core::FieldError;

use crate::ledger::PostError;

/// A refusal, as it goes over the wire: status, code, message, detail.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    /// Chinese as the platform says it, then what is wrong with this very request.
    pub(crate) message: String,
    pub(crate) detail: Option<Value>,
}

/// The error codes, each with its HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    ParamError,
    InvalidRequest,
    SignError,
    NotEnough,
    OrderNotExist,
    OrderPaid,
    OrderClosed,
    OutTradeNoUsed,
    MchNotExists,
    ResourceNotExists,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    AlreadyExists,
    RequestTooLarge,
    NoStatementExist,
    StatementCreating,
    FrequencyLimited,
    NoAuth,
    RuleLimit,
    UserAccountAbnormal,
    SystemError,
}

impl Code {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::ParamError
            | Self::InvalidRequest
            | Self::OrderPaid
            | Self::OrderClosed
            | Self::MchNotExists
            | Self::NoStatementExist
            | Self::StatementCreating => StatusCode::BAD_REQUEST,
            Self::SignError => StatusCode::UNAUTHORIZED,
            Self::NotEnough
            | Self::NoAuth
            | Self::RuleLimit
            | Self::OutTradeNoUsed
            | Self::UserAccountAbnormal => StatusCode::FORBIDDEN,
            Self::OrderNotExist | Self::ResourceNotExists | Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::AlreadyExists => StatusCode::CONFLICT,
            Self::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::FrequencyLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::SystemError => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ParamError => "PARAM_ERROR",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::SignError => "SIGN_ERROR",
            Self::NotEnough => "NOT_ENOUGH",
            Self::OrderNotExist => "ORDER_NOT_EXIST",
            Self::OrderPaid => "ORDERPAID",
            Self::OrderClosed => "ORDER_CLOSED",
            Self::OutTradeNoUsed => "OUT_TRADE_NO_USED",
            Self::MchNotExists => "MCH_NOT_EXISTS",
            Self::ResourceNotExists => "RESOURCE_NOT_EXISTS",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::RequestTooLarge => "REQUEST_TOO_LARGE",
            Self::NoStatementExist => "NO_STATEMENT_EXIST",
            Self::StatementCreating => "STATEMENT_CREATING",
            Self::FrequencyLimited => "FREQUENCY_LIMITED",
            Self::NoAuth => "NO_AUTH",
            Self::RuleLimit => "RULE_LIMIT",
            Self::UserAccountAbnormal => "USER_ACCOUNT_ABNORMAL",
            Self::SystemError => "SYSTEM_ERROR",
        }
    }

    fn chinese(self) -> &'static str {
        match self {
            Self::ParamError => "参数错误",
            Self::InvalidRequest => "无效请求",
            Self::SignError => "签名错误",
            Self::NotEnough => "可用余额不足",
            Self::OrderNotExist => "订单不存在",
            Self::OrderPaid => "订单已支付",
            Self::OrderClosed => "订单已关闭",
            Self::OutTradeNoUsed => "商户订单号重复",
            Self::MchNotExists => "商户号不存在",
            Self::ResourceNotExists | Self::NotFound => "资源不存在",
            Self::MethodNotAllowed => "请求方式不支持",
            Self::RequestTimeout => "请求超时",
            Self::AlreadyExists => "资源已存在",
            Self::RequestTooLarge => "请求体过大",
            Self::NoStatementExist => "账单文件不存在",
            Self::StatementCreating => "账单生成中",
            Self::FrequencyLimited => "频率超限",
            Self::NoAuth => "没有权限",
            Self::RuleLimit => "业务规则限制",
            Self::UserAccountAbnormal => "用户账户异常",
            Self::SystemError => "系统错误",
        }
    }
}

/// Where a field of a request lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    Body,
    Query,
    Path,
    Header,
    Authorization,
}

impl Location {
    fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Query => "query",
            Self::Path => "path",
            Self::Header => "header",
            Self::Authorization => "authorization",
        }
    }
}

impl Problem {
    pub(crate) fn new(code: Code, why: impl AsRef<str>) -> Self {
        Self::worded(code, code.chinese(), why)
    }

    /// The same with other Chinese words in front.
    pub(crate) fn worded(code: Code, chinese: &str, why: impl AsRef<str>) -> Self {
        Self {
            code,
            message: format!("{chinese}: {}", clipped(why.as_ref())),
            detail: None,
        }
    }

    pub(crate) fn invalid(why: impl AsRef<str>) -> Self {
        Self::new(Code::InvalidRequest, why)
    }

    /// Points at the field that is to blame.
    pub(crate) fn at(
        mut self,
        location: Location,
        field: &str,
        value: &Value,
        issue: &str,
    ) -> Self {
        self.detail = Some(json!({
            "field": field,
            "value": excerpt(value),
            "issue": clipped(issue),
            "location": location.as_str(),
        }));
        self
    }

    /// A field of a request that breaks a limit.
    pub(crate) fn field(location: Location, field: &str, value: &Value, issue: &str) -> Self {
        let named = if field.is_empty() {
            format!("the {} {issue}", location.as_str())
        } else {
            format!("field {field} {issue}")
        };
        Self::new(Code::ParamError, named).at(location, field, value, issue)
    }

    pub(crate) fn limit(location: Location, error: &FieldError, value: &Value) -> Self {
        let text = error.to_string();
        Self::new(Code::ParamError, &text).at(location, error.field(), value, &text)
    }

    pub(crate) fn body(&self) -> Bytes {
        #[derive(Serialize)]
        struct Body<'a> {
            code: &'static str,
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            detail: Option<&'a Value>,
        }
        let body = Body {
            code: self.code.as_str(),
            message: &self.message,
            detail: self.detail.as_ref(),
        };
        // Texts and a JSON value always serialize.
        serde_json::to_vec(&body).unwrap_or_default().into()
    }
}

impl From<PostError> for Problem {
    fn from(error: PostError) -> Self {
        let code = match error {
            PostError::NotEnough { .. } => Code::NotEnough,
            PostError::Beyond(_) | PostError::Senseless(_) => Code::InvalidRequest,
        };
        Self::new(code, error.to_string())
    }
}

/// An answer shall not grow with the request that it quotes.
const MOST: usize = 1_000;

/// The first characters of a text.
pub(crate) fn clipped(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A value as it was sent, or the beginning of its text.
fn excerpt(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(clipped(text)),
        Value::Array(_) | Value::Object(_) => Value::String(clipped(&value.to_string())),
        short => short.clone(),
    }
}
