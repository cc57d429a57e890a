export default async function globalTeardown() {
  const { teardown } = await import('./libs/testing/dist/jest-global-setup.js');
  await teardown();
}
