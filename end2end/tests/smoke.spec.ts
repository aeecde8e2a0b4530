import { expect, test } from '../fixtures/opencmp';

test('the home page answers and names the product', { tag: '@phone' }, async ({ page }) => {
  const answer = await page.goto('/');
  expect(answer?.status()).toBe(200);
  await expect(page).toHaveTitle(/OpenCMP/);
});

test('the program for the browser is served', async ({ request }) => {
  const module = await request.get('/pkg/opencmp.wasm');
  expect(module.status()).toBe(200);
  expect(module.headers()['content-type']).toBe('application/wasm');
});
