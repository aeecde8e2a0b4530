//! Packet codes, and which of them belong on which port.

/// RFC 2865 §3, RFC 2866 §3, RFC 5176 §2.3, RFC 5997; Protocol-Error is RFC 7930.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Code {
    AccessRequest = 1,
    AccessAccept = 2,
    AccessReject = 3,
    AccountingRequest = 4,
    AccountingResponse = 5,
    AccessChallenge = 11,
    StatusServer = 12,
    StatusClient = 13,
    DisconnectRequest = 40,
    DisconnectAck = 41,
    DisconnectNak = 42,
    CoaRequest = 43,
    CoaAck = 44,
    CoaNak = 45,
    ProtocolError = 52,
}

impl Code {
    pub fn from_octet(octet: u8) -> Option<Self> {
        Some(match octet {
            1 => Self::AccessRequest,
            2 => Self::AccessAccept,
            3 => Self::AccessReject,
            4 => Self::AccountingRequest,
            5 => Self::AccountingResponse,
            11 => Self::AccessChallenge,
            12 => Self::StatusServer,
            13 => Self::StatusClient,
            40 => Self::DisconnectRequest,
            41 => Self::DisconnectAck,
            42 => Self::DisconnectNak,
            43 => Self::CoaRequest,
            44 => Self::CoaAck,
            45 => Self::CoaNak,
            52 => Self::ProtocolError,
            _ => return None,
        })
    }

    pub fn octet(self) -> u8 {
        self as u8
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::AccessRequest => "Access-Request",
            Self::AccessAccept => "Access-Accept",
            Self::AccessReject => "Access-Reject",
            Self::AccountingRequest => "Accounting-Request",
            Self::AccountingResponse => "Accounting-Response",
            Self::AccessChallenge => "Access-Challenge",
            Self::StatusServer => "Status-Server",
            Self::StatusClient => "Status-Client",
            Self::DisconnectRequest => "Disconnect-Request",
            Self::DisconnectAck => "Disconnect-ACK",
            Self::DisconnectNak => "Disconnect-NAK",
            Self::CoaRequest => "CoA-Request",
            Self::CoaAck => "CoA-ACK",
            Self::CoaNak => "CoA-NAK",
            Self::ProtocolError => "Protocol-Error",
        }
    }

    /// Its authenticator is random octets, so only Message-Authenticator can vouch for it.
    pub fn has_random_authenticator(self) -> bool {
        matches!(self, Self::AccessRequest | Self::StatusServer | Self::StatusClient)
    }

    /// Its authenticator is a hash over the packet with sixteen zero octets in the field.
    pub fn is_keyed_request(self) -> bool {
        matches!(self, Self::AccountingRequest | Self::CoaRequest | Self::DisconnectRequest)
    }

    /// Its authenticator is a hash over the packet with the request's authenticator in the field.
    pub fn is_response(self) -> bool {
        !self.has_random_authenticator() && !self.is_keyed_request()
    }
}

/// What the port is for: authorization (1812), accounting (1813) or dynamic authorization (3799).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    Auth,
    Acct,
    DynAuth,
}

impl Role {
    /// The requests a server takes on this port. Status-Server is for the first two (RFC 5997 §2.1).
    pub fn takes_request(self, code: Code) -> bool {
        match self {
            Self::Auth => matches!(code, Code::AccessRequest | Code::StatusServer),
            Self::Acct => matches!(code, Code::AccountingRequest | Code::StatusServer),
            Self::DynAuth => matches!(code, Code::CoaRequest | Code::DisconnectRequest),
        }
    }

    /// The responses a client takes from this port.
    pub fn takes_response(self, code: Code) -> bool {
        let own = match self {
            Self::Auth => matches!(code, Code::AccessAccept | Code::AccessReject | Code::AccessChallenge),
            Self::Acct => code == Code::AccountingResponse,
            Self::DynAuth => {
                matches!(code, Code::CoaAck | Code::CoaNak | Code::DisconnectAck | Code::DisconnectNak)
            }
        };
        own || code == Code::ProtocolError
    }

    /// The port a packet was most likely seen on, for tools that are not told.
    pub fn of(code: Code) -> Self {
        match code {
            Code::AccountingRequest | Code::AccountingResponse => Self::Acct,
            Code::CoaRequest | Code::CoaAck | Code::CoaNak => Self::DynAuth,
            Code::DisconnectRequest | Code::DisconnectAck | Code::DisconnectNak => Self::DynAuth,
            _ => Self::Auth,
        }
    }

    pub(crate) fn takes(self, code: Code) -> bool {
        self.takes_request(code) || self.takes_response(code)
    }
}
