/** Where in its camera's picture a rule looks. */
import type { Camera } from '../../domain/camera.ts';
import type { CameraRule } from '../../domain/rule.ts';
import type { Place } from './contract.ts';

/** The rule's zone or line; null when the camera has none of that name. */
export function placeOfRule(rule: CameraRule, camera: Pick<Camera, 'zones' | 'lines'>): Place | null {
  switch (rule.kind) {
    case 'line-crossing': {
      const line = camera.lines.find(({ id }) => id === rule.lineId);
      return line ? { named: { id: line.id, name: line.name }, points: line.points } : null;
    }
    case 'tamper':
      return { named: null, points: [[0, 0], [1, 0], [1, 1], [0, 1]] };
    case 'intrusion':
    case 'loitering':
    case 'crowd':
    case 'absence':
    case 'wrong-way':
    case 'parked':
    case 'left-object':
    case 'removed-object': {
      const zone = camera.zones.find(({ id }) => id === rule.zoneId);
      return zone ? { named: { id: zone.id, name: zone.name }, points: zone.polygon } : null;
    }
  }
}
