use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Defines an enum of the wire's texts that keeps a text it does not know.
///
/// A variant may have further spellings, after its own: they are read as the same value. Where the
/// spelling has to survive, the field is [`AsSent`].
macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$doc:meta])* $variant:ident = $text:literal $(| $also:literal)*,)+
    }) => {
        $(#[$meta])*
        #[non_exhaustive]
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A value that this version of the crate does not know, as it was sent.
            Other(String),
        }

        impl $name {
            /// The text on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text $(| $also)* => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

pub(crate) use open_enum;

/// A value together with the text that carried it, for enums of which the platform's documents
/// know two spellings.
///
/// ```
/// use wechatpay_core::api::AsSent;
/// use wechatpay_core::api::marketing::busifavor::subsidy::ReturnStatus;
///
/// let status: AsSent<ReturnStatus> = serde_json::from_str("\"SUCCESS\"")?;
/// assert_eq!(*status, ReturnStatus::Success);
/// assert_eq!(status.text(), "SUCCESS");
/// assert_eq!(status.as_str(), "RETURN_RECEIPT_SUCCESS");
/// assert_eq!(serde_json::to_string(&status)?, "\"SUCCESS\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AsSent<T> {
    value: T,
    text: String,
}

impl<T> AsSent<T> {
    /// The text on the wire.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value, for a `match` that owns it.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> Deref for AsSent<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq<T> for AsSent<T> {
    fn eq(&self, other: &T) -> bool {
        self.value == *other
    }
}

/// The value in its first spelling.
impl<T: fmt::Display> From<T> for AsSent<T> {
    fn from(value: T) -> Self {
        let text = value.to_string();
        Self { value, text }
    }
}

impl<T> fmt::Debug for AsSent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl<T> Serialize for AsSent<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, T: for<'a> From<&'a str>> Deserialize<'de> for AsSent<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = T::from(text.as_str());
        Ok(Self { value, text })
    }
}
