//! Waiting for something to become true.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

/// Asks again and again, at short and growing intervals, until `condition` holds; an error after `timeout`.
pub async fn wait_until(mut condition: impl AsyncFnMut() -> bool, timeout: Duration) -> Result<()> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    while !condition().await {
        ensure!(started.elapsed() < timeout, "the condition still doesn't hold after {timeout:?}");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waits_until_it_holds_and_gives_up_in_time() {
        let mut asked = 0;
        let third_time = wait_until(
            async || {
                asked += 1;
                asked == 3
            },
            Duration::from_secs(5),
        );
        third_time.await.unwrap();
        assert!(wait_until(async || false, Duration::from_millis(20)).await.is_err());
    }
}
