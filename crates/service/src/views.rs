//! Saved views of the list, and pasted lists of numbers.

use crate::{Result, Service, ServiceError, people::scope_may};
use opencmp_domain::{
    Scope, ViewId,
    query::{SavedView, SimQuery},
    role::Permission,
};

const MOST_NAME: usize = 60;
const MOST_QUERY: usize = 2000;

impl Service {
    /// One's own, and those that are shared.
    pub async fn views(&self, scope: &Scope) -> Result<Vec<SavedView>> {
        Ok(self.store.view_list(scope.only_tenant(), scope.actor().person).await?)
    }

    /// `query` is the list's query string, columns included. The same name again replaces the view: of one's own, or of those
    /// that are shared, which are everyone's who may save views.
    pub async fn view_save(&self, scope: &Scope, name: &str, shared: bool, query: &str) -> Result<ViewId> {
        scope_may(scope, Permission::ViewWrite)?;
        let name = name.trim();
        if name.is_empty() || name.chars().count() > MOST_NAME {
            let message = format!("give the view a name of 1 to {MOST_NAME} characters");
            return Err(ServiceError::Invalid { field: "name", message });
        }
        if query.len() > MOST_QUERY {
            return Err(ServiceError::Invalid {
                field: "query",
                message: "the view is too long to keep".into(),
            });
        }
        let person = match shared {
            true => None,
            false => Some(scope.actor().person.ok_or(ServiceError::Forbidden)?),
        };
        Ok(self.store.view_save(scope.only_tenant(), person, name, query, self.change(scope)).await?)
    }

    pub async fn view_delete(&self, scope: &Scope, id: ViewId) -> Result<()> {
        scope_may(scope, Permission::ViewWrite)?;
        let person = scope.actor().person;
        if self.store.view_delete(scope.only_tenant(), person, id, self.change(scope)).await? {
            Ok(())
        } else {
            Err(ServiceError::NotFound)
        }
    }

    /// Keeps a pasted list and answers the id that goes into the URL. Lines are trimmed; empty and repeated ones dropped.
    pub async fn number_list_save(&self, scope: &Scope, lines: &[String]) -> Result<String> {
        let mut seen = std::collections::HashSet::new();
        let lines: Vec<String> = lines
            .iter()
            .flat_map(|line| line.split(['\n', '\r', ',', ';', '\t']))
            .map(|line| line.trim().chars().take(SimQuery::MOST_TEXT).collect::<String>())
            .filter(|line| !line.is_empty() && seen.insert(line.clone()))
            .collect();
        if lines.is_empty() {
            return Err(ServiceError::Invalid { field: "list", message: "paste at least one number".into() });
        }
        if lines.len() > SimQuery::MOST_PASTED {
            let message =
                format!("{} lines were pasted; at most {} can be", lines.len(), SimQuery::MOST_PASTED);
            return Err(ServiceError::Invalid { field: "list", message });
        }
        Ok(self.store.number_list_save(scope.only_tenant(), &lines, self.clock.now()).await?)
    }
}
