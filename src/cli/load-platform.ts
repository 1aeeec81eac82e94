/**
 * Loads what runs a platform, once a command needs it: help and refusals of wrong use should not wait for it.
 */
export async function loadPlatform() {
  const [{ createSettingsSource }, { runPlatform }] = await Promise.all([
    import('../control/settings-source.ts'),
    import('../supervisor/run-platform.ts'),
  ]);
  return { createSettingsSource, runPlatform };
}
