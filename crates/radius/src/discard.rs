/// Why a packet is silently discarded: counted, logged at a limited rate, never answered
/// (RFC 2865 §3, RFC 2866 §3, RFC 3579 §3.2, RFC 5080 §2.2.2, RFC 5176 §2.3, RFC 5997 §3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[repr(u8)]
pub enum Discard {
    #[error("shorter than 20 octets")]
    TooShort,
    #[error("length field below 20")]
    LengthBelow20,
    #[error("length field above 4096")]
    LengthAbove4096,
    #[error("length field exceeds datagram")]
    LengthExceedsDatagram,
    #[error("unknown packet code")]
    UnknownCode,
    #[error("code not allowed on this port")]
    CodeNotAllowed,
    #[error("attribute header truncated")]
    AttributeHeaderTruncated,
    /// A parser that trusts this length never ends.
    #[error("attribute length below 2 (endless loop risk)")]
    AttributeLengthZero,
    #[error("attribute length below 2")]
    AttributeLengthOne,
    #[error("attribute overruns the packet")]
    AttributeOverruns,
    #[error("attribute type 0 is not legal")]
    AttributeTypeZero,
    #[error("Message-Authenticator must have length 18")]
    MessageAuthenticatorLength,
    /// At most one may occur (RFC 2869 §5.19); with two, which octets the hash blanks would be the sender's choice.
    #[error("more than one Message-Authenticator")]
    MessageAuthenticatorRepeated,
    #[error("Message-Authenticator required (RFC 5997 3)")]
    MessageAuthenticatorMissing,
    #[error("Message-Authenticator required (RFC 3579 3.2)")]
    MessageAuthenticatorMissingWithEap,
    #[error("request authenticator does not verify")]
    RequestAuthenticatorInvalid,
    #[error("response authenticator does not verify")]
    ResponseAuthenticatorInvalid,
    #[error("Message-Authenticator invalid")]
    MessageAuthenticatorInvalid,
}

impl Discard {
    /// Every reason, in the order in which the checks are made; `reason as usize` is its place here.
    pub const ALL: [Self; 18] = [
        Self::TooShort,
        Self::LengthBelow20,
        Self::LengthAbove4096,
        Self::LengthExceedsDatagram,
        Self::UnknownCode,
        Self::CodeNotAllowed,
        Self::AttributeHeaderTruncated,
        Self::AttributeLengthZero,
        Self::AttributeLengthOne,
        Self::AttributeOverruns,
        Self::AttributeTypeZero,
        Self::MessageAuthenticatorLength,
        Self::MessageAuthenticatorRepeated,
        Self::MessageAuthenticatorMissing,
        Self::MessageAuthenticatorMissingWithEap,
        Self::RequestAuthenticatorInvalid,
        Self::ResponseAuthenticatorInvalid,
        Self::MessageAuthenticatorInvalid,
    ];

    /// The octets are fine but signed with another secret, or forged.
    pub fn is_wrong_secret(self) -> bool {
        matches!(
            self,
            Self::RequestAuthenticatorInvalid
                | Self::ResponseAuthenticatorInvalid
                | Self::MessageAuthenticatorInvalid
        )
    }
}
