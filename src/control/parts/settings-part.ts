import type { SettingsSource } from '../settings-source.ts';
import type { SnapshotPart } from './snapshot-part.ts';

/** The settings as `gateway.yaml` has them now. */
export function createSettingsPart(source: SettingsSource): SnapshotPart {
  return { name: 'the settings', read: async () => ({ settings: source.read() }) };
}
