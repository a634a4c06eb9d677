//! `wxpay call`.

use std::io::Read as _;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use thiserror::Error;
use wechatpay_core::{AnyOperation, Method};

use crate::args::{Connection, ENVIRONMENT};
use crate::commands::Caller;
use crate::report::{Exit, Layout};

const EXAMPLE: &str = "\
Calls any endpoint: signs the request, sends it once, verifies the answer and prints its body as it \
came, ended by a line break. An empty body, such as that of a 204, prints nothing.

The body is sent and signed byte for byte as it is given; it has to be JSON. Query values are \
percent-encoded here; what stands in PATH is taken as it is.

Examples:
  wxpay call GET /v3/certificates
  wxpay call GET /v3/ecommerce/profitsharing/after-sales-orders \\
      --query sub_mchid=1900000109 --query transaction_id=3008450740201411110007820472
  wxpay call POST /v3/ecommerce/subsidies/create --data @sample.json
  wxpay call POST /v3/ecommerce/subsidies/cancel --data '{\"sub_mchid\": \"1900013401\",
      \"transaction_id\": \"4208450740201411110007820472\", \"description\": \"order refunded\"}'
  jq .body saved.json | wxpay call POST /v3/ecommerce/subsidies/return --data -";

/// Call any endpoint, signed and verified
#[derive(Debug, Args)]
#[command(long_about = EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct CallArgs {
    /// GET, POST, PUT, PATCH or DELETE
    #[arg(value_parser = method)]
    method: Method,
    /// The path, such as /v3/certificates
    path: String,
    /// The body: JSON, @FILE to read it from a file, or - to read it from standard input
    #[arg(long, value_name = "JSON|@FILE|-")]
    data: Option<Data>,
    /// A field of the query; may be given many times
    #[arg(long, value_name = "K=V", value_parser = pair)]
    query: Vec<(String, String)>,
    #[command(flatten)]
    connection: Connection,
}

/// Where a body comes from.
#[derive(Clone, Debug)]
enum Data {
    Inline(String),
    File(PathBuf),
    Stdin,
}

impl FromStr for Data {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.strip_prefix('@') {
            Some(path) => Self::File(path.into()),
            None if text == "-" => Self::Stdin,
            None => Self::Inline(text.to_owned()),
        })
    }
}

pub(crate) fn run(args: &CallArgs, caller: &impl Caller) -> Exit {
    match args.operation() {
        Ok(operation) => caller.call(&args.connection, &operation, Layout::AsSent),
        Err(error) => caller.misused(&error),
    }
}

impl CallArgs {
    fn operation(&self) -> Result<AnyOperation, DataError> {
        let mut operation = AnyOperation::new(self.method.clone(), self.path.as_str());
        for (name, value) in &self.query {
            operation = operation.query(name, value);
        }
        match &self.data {
            Some(_) if self.method == Method::GET => Err(DataError::Get),
            Some(data) => Ok(operation.json_bytes(data.read()?)),
            None => Ok(operation),
        }
    }
}

/// Why the body is not usable.
#[derive(Debug, Error)]
enum DataError {
    #[error("a GET has no body: give its fields with --query")]
    Get,
    #[error("--data @{}: {source}", .path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("--data -: {0}")]
    Stdin(std::io::Error),
    #[error("the body begins with a byte order mark (BOM), which is not JSON: save it without")]
    ByteOrderMark,
    #[error("the body is not UTF-8")]
    NotUtf8,
    #[error("the body is not JSON: {0}")]
    Json(serde_json::Error),
}

impl Data {
    /// The bytes as they are, once they are known to be JSON.
    fn read(&self) -> Result<Vec<u8>, DataError> {
        let bytes = match self {
            Self::Inline(text) => text.as_bytes().to_vec(),
            Self::File(path) => std::fs::read(path).map_err(|source| DataError::File {
                path: path.clone(),
                source,
            })?,
            Self::Stdin => {
                let mut bytes = Vec::new();
                let read = std::io::stdin().lock().read_to_end(&mut bytes);
                read.map_err(DataError::Stdin)?;
                bytes
            }
        };
        if bytes.starts_with(b"\xEF\xBB\xBF") {
            return Err(DataError::ByteOrderMark);
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| DataError::NotUtf8)?;
        serde_json::from_str::<serde_json::Value>(text).map_err(DataError::Json)?;
        Ok(bytes)
    }
}

fn method(text: &str) -> Result<Method, String> {
    match text.to_ascii_uppercase().as_str() {
        "GET" => Ok(Method::GET),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        _ => Err("the methods of this API are GET, POST, PUT, PATCH and DELETE".to_owned()),
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a query field is written as name=value".to_owned()),
    }
}
