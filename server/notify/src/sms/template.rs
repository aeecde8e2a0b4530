//! What is posted to a gateway: `{to}`, `{text}`, `{id}`, `{user}` and `{password}` in an address, in JSON or in a form. A
//! value is put in after the template was taken apart, so that nothing in it can be more than a value.

use serde_json::Value;
use url::{Url, form_urlencoded};

/// What a template's names stand for.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    /// Digits, with the country's code.
    pub to: &'a str,
    pub text: &'a str,
    pub id: &'a str,
    /// Ours at the gateway; empty where we have none.
    pub user: &'a str,
    pub password: &'a str,
}

impl Values<'_> {
    /// Left to right, once: what a value brings isn't looked at again. Other braces stay.
    fn fill(&self, template: &str) -> String {
        let mut filled = String::with_capacity(template.len() + self.text.len());
        let mut rest = template;
        while let Some((before, from)) = rest.split_once('{') {
            filled.push_str(before);
            let known = [
                ("to}", self.to),
                ("text}", self.text),
                ("id}", self.id),
                ("user}", self.user),
                ("password}", self.password),
            ];
            let found = known.iter().find_map(|(name, value)| Some((from.strip_prefix(name)?, value)));
            rest = match found {
                Some((after, value)) => {
                    filled.push_str(value);
                    after
                }
                None => {
                    filled.push('{');
                    from
                }
            };
        }
        filled.push_str(rest);
        filled
    }

    /// Strings of the document, however deep; not the names of members.
    pub fn json(&self, template: &Value) -> Value {
        match template {
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            Value::Object(members) => {
                Value::Object(members.iter().map(|(name, value)| (name.clone(), self.json(value))).collect())
            }
            other => other.clone(),
        }
    }

    pub fn form(&self, template: &[(String, String)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in template {
            form.append_pair(name, &self.fill(value));
        }
        form.finish()
    }

    /// In the segments of the path and the values of the query; never the host.
    pub fn url(&self, template: &Url) -> Url {
        let mut url = template.clone();
        if let (Some(segments), Ok(mut filled)) = (template.path_segments(), url.path_segments_mut()) {
            filled.clear().extend(segments.map(|segment| self.fill(&unescaped(segment))));
        }
        if template.query().is_some() {
            let pairs = template.query_pairs().map(|(name, value)| (name, self.fill(&value)));
            url.query_pairs_mut().clear().extend_pairs(pairs);
        }
        url
    }
}

/// A segment as it was written: `{to}` is escaped in an address.
fn unescaped(segment: &str) -> String {
    // A form's values are read the same, except for plus signs.
    let kept = segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(kept.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn values(text: &str) -> Values<'_> {
        Values { to: "886400010123456", text, id: "msg_1", user: "us", password: "a&b" }
    }

    #[test]
    fn names_are_replaced_once() {
        let filled = values("{to} {id}").fill("{to}: {text} ({id}) {other} {");
        assert_eq!(filled, "886400010123456: {to} {id} (msg_1) {other} {");
    }

    #[test]
    fn values_stay_within_their_place() {
        let awkward = values("\"},\n\\&a=b#?/../{x}離");
        let template = json!({ "messages": [{ "dest": "+{to}", "body": "{text}" }], "n": 1, "{to}": null });
        let json = awkward.json(&template);
        assert_eq!(json["messages"][0]["dest"], "+886400010123456");
        assert_eq!(json["messages"][0]["body"], awkward.text);
        assert_eq!(json["{to}"], Value::Null);
        let template = Url::parse("https://sms.example/v1/{to}/send?key={password}&text={text}").unwrap();
        let url = awkward.url(&template);
        assert_eq!((url.host_str(), url.path()), (Some("sms.example"), "/v1/886400010123456/send"));
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs, [pair("key", "a&b"), pair("text", awkward.text)]);
        let plain = Url::parse("https://sms.example/a+b/%E9%9B%A2?x").unwrap();
        assert_eq!(values("").url(&plain).path(), plain.path());
    }

    proptest! {
        #[test]
        fn what_is_put_in_comes_out(text in "\\PC*|[\\s\\S]{0,200}") {
            let template = [("u".to_owned(), "{to}".to_owned()), ("m".to_owned(), "[{text}]".to_owned())];
            let form = values(&text).form(&template);
            let pairs: Vec<_> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
            prop_assert_eq!(pairs.len(), 2);
            prop_assert_eq!(&pairs[1].1, &format!("[{text}]"));
            let body = values(&text).json(&json!({ "m": "{text}" })).to_string();
            prop_assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), json!({ "m": text.clone() }));
            let url = values(&text).url(&Url::parse("https://sms.example/{text}/x?m={text}").unwrap());
            prop_assert_eq!(url.host_str(), Some("sms.example"));
            prop_assert_eq!(url.query_pairs().next().unwrap().1, text);
        }
    }
}
