//! Typed row ids. A new kind of row is registered here and nowhere else.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// An enterprise customer of the operator.
    TenantId,
    /// A group of SIMs within a tenant; every SIM is in exactly one.
    GroupId,
    /// A card with its subscription: what usage, sessions and history hang on.
    SimId,
    /// A RADIUS client: GGSN, P-GW or SMF.
    NasId,
    /// A gateway behind a RADIUS client, told apart by what its packets say of it.
    NodeId,
    /// A rate plan.
    PlanId,
    /// A data session (PDP context, bearer, PDU session) as accounted by the gateway.
    SessionId,
    /// An interned combination of APN, radio access and serving network that usage is booked under.
    UsageClassId,
    /// A saved view of the SIM list.
    ViewId,
    /// Somebody who signs in.
    PersonId,
    /// A custom field of a tenant.
    FieldId,
    /// One sign-in of a person, at one browser.
    SignInId,
    /// A provider of OpenID Connect, where people sign in that isn't here.
    ProviderId,
    /// A portal of a tenant's that shows some of our pages in frames.
    PortalId,
    /// A frame of a portal that was let in.
    FrameId,
    /// A rule of when something is an alert.
    RuleId,
    /// An alert, from its beginning to its end.
    AlertId,
    /// A change of a SIM that is wanted.
    ChangeId,
    /// A way by which people or programs are told.
    ChannelId,
    /// One message to one recipient, whatever it takes to deliver it.
    DeliveryId,
}
