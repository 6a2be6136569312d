/** A street scene that is the same for the same options: who is where in each frame, exactly, and what that looks like. */
import type { Box, ObjectClass } from '../../domain/detection.ts';
import { Canvas } from './canvas.ts';
import { type Actor, castOf } from './cast.ts';
import { type Disturbance, disturb, disturbedBox } from './disturbance.ts';
import { momentAt } from './journey.ts';
import { personShadow, ridingPerson, strideM, walkingPerson } from './person.ts';
import { randomFrom } from './random.ts';
import { type Extent, type Shape, extentOf, shadow } from './shape.ts';
import { type Staging, thingShapes, wavingShapes } from './staging.ts';
import { buildStreet } from './street.ts';
import { SADDLE_M, twoWheelerShapes, vehicleShadow, vehicleShapes } from './vehicle.ts';
import { type View, depthOf } from './view.ts';
import { visibleShares } from './visibility.ts';

export interface SceneOptions {
  /** Another seed is another street with other people (default 1). */
  readonly seed?: number;
  /** Even numbers (default 1280 × 720). */
  readonly widthPx?: number;
  readonly heightPx?: number;
  /** Whole frames per second (default 10). */
  readonly fps?: number;
  /** After so many seconds the picture begins again without a jump (default 20). */
  readonly loopS?: number;
  /** How many walk by per loop (default 8); in any one frame fewer are seen. */
  readonly persons?: number;
  /** Cars, buses and lorries that drive by per loop (default 4). */
  readonly vehicles?: number;
  /** Bicycles and motorcycles with their riders per loop (default 2). */
  readonly twoWheelers?: number;
  /** Cars that stand at the kerb all the time (default 1). */
  readonly parked?: number;
  /** Sensor noise: luma changes by up to about this much (default 3, 0 for none). */
  readonly grain?: number;
}

export type FullSceneOptions = Required<SceneOptions>;

/** One object of a frame, as a perfect detector would report it. */
export interface SceneActor {
  /** The same for one object as long as it is on the street; another passage is another id. */
  readonly id: string;
  readonly label: ObjectClass;
  /** Tight around what is drawn, hidden parts included, cut at the picture's edges; pixels. */
  readonly box: Box;
  /** Part of its outline that is in the picture and not hidden by anything nearer, 0…1. */
  readonly visibleFraction: number;
  /** Where it touches the ground: metres along and across the street, as `scene.view` sees them. */
  readonly groundM: readonly [number, number];
}

export interface Scene {
  readonly options: FullSceneOptions;
  readonly view: View;
  /** Frames in a loop. */
  readonly frameCount: number;
  /** Truth of a frame; any whole number from 0 on, frames past the loop repeat the picture with new ids. */
  actorsAt(frameIndex: number): SceneActor[];
  /** Draws a frame: planar YUV 4:2:0, BT.601 limited range. The buffer is used again by the next call. */
  render(frameIndex: number): Buffer;
}

interface Drawn {
  readonly id: string;
  /** Null for posts and trees. */
  readonly label: ObjectClass | null;
  readonly groundM: readonly [number, number];
  readonly depthM: number;
  readonly shade: readonly Shape[];
  readonly shapes: readonly Shape[];
}

export function fullOptions(options: SceneOptions): FullSceneOptions {
  const full = { seed: 1, widthPx: 1280, heightPx: 720, fps: 10, loopS: 20, persons: 8, vehicles: 4, twoWheelers: 2, parked: 1, grain: 3, ...options };
  if (full.widthPx % 2 !== 0 || full.heightPx % 2 !== 0) throw new Error(`A scene's width and height must be even, not ${full.widthPx} × ${full.heightPx}.`);
  if (!Number.isInteger(full.fps) || full.fps < 1 || full.loopS * full.fps < 1) throw new Error(`A scene needs whole frames per second and at least one frame, not ${full.fps} fps for ${full.loopS} s.`);
  return full;
}

/** Truth of one frame of the scene with these options; `createScene` is cheaper for many frames. */
export function sceneAt(options: SceneOptions, frameIndex: number): SceneActor[] {
  return createScene(options).actorsAt(frameIndex);
}

/** With a staging the options' numbers of actors count for nothing, and the picture does not begin again without a jump. */
export function createScene(given: SceneOptions, staging: Staging | null = null): Scene {
  const options = fullOptions(given);
  const random = randomFrom(options.seed);
  const view: View = {
    widthPx: options.widthPx,
    heightPx: options.heightPx,
    focalPx: options.widthPx * random.between(0.78, 0.92),
    heightM: random.between(4.6, 6.2),
    tilt: (random.between(11, 15) * Math.PI) / 180,
    yaw: (random.between(-26, 26) * Math.PI) / 180,
    ...staging?.camera,
  };
  const street = buildStreet(view, random);
  const cast = staging?.actors ?? castOf(view, street, options, options.loopS, random);
  const disturbances = staging?.disturbances ?? [];
  const props = street.props.map(({ at, shapes }, i): Drawn => ({ id: `prop${i}`, label: null, groundM: at, depthM: depthOf(view, [...at, 0]), shade: [], shapes }));
  const drawnAt = (frameIndex: number): Drawn[] => {
    if (!Number.isInteger(frameIndex) || frameIndex < 0) throw new Error(`A frame index is a whole number from 0 on, not ${frameIndex}.`);
    const timeS = frameIndex / options.fps;
    const drawn = cast.flatMap((actor) => drawActor(view, actor, timeS, staging ? null : options.loopS));
    return [...props, ...drawn, ...(staging ? drawStaging(view, staging, timeS) : [])].sort((a, b) => b.depthM - a.depthM);
  };
  let backdrop: Canvas | null = null;
  const canvas = new Canvas(options.widthPx, options.heightPx);
  return {
    options,
    view,
    frameCount: Math.round(options.fps * options.loopS),
    actorsAt: (frameIndex) => disturbed(truthOf(view, drawnAt(frameIndex)), disturbances, frameIndex / options.fps, view),
    render: (frameIndex) => {
      backdrop ??= paintBackdrop(options, street.backdrop);
      canvas.copyFrom(backdrop);
      const drawn = drawnAt(frameIndex);
      for (const one of drawn) canvas.draw(one.shade);
      for (const one of drawn) canvas.draw(one.shapes);
      disturb(canvas, disturbances, frameIndex / options.fps);
      canvas.grain(options.grain, frameIndex % Math.round(options.fps * options.loopS));
      return canvas.bytes;
    },
  };
}

function paintBackdrop(options: FullSceneOptions, shapes: readonly Shape[]): Canvas {
  const canvas = new Canvas(options.widthPx, options.heightPx);
  canvas.draw(shapes);
  // The roughness of asphalt and plaster stays where it is, unlike the sensor's noise.
  canvas.grain(7, options.seed);
  return canvas;
}

/**
 * An actor whose journey outlasts the loop is on the street more than once at a time: each lap is an object of its own. Without a loop
 * (null) there is one lap.
 */
function drawActor(view: View, actor: Actor, timeS: number, loopS: number | null): Drawn[] {
  if (!actor.journey) return drawAt(view, actor, actor.name, actor.parkedAt, [-1, 0], 0, 0);
  if (loopS === null) {
    const moment = momentAt(actor.journey, timeS - actor.startS);
    return moment ? drawAt(view, actor, actor.name, moment.at, moment.heading, moment.goneM, moment.motion) : [];
  }
  const drawn: Drawn[] = [];
  for (let lap = Math.floor((timeS - actor.startS) / loopS); ; lap--) {
    // Counted in the first loop's time, so that a frame and its repetition come out of the same numbers.
    const elapsedS = timeS - actor.startS - lap * loopS;
    const moment = momentAt(actor.journey, elapsedS);
    if (!moment) return drawn;
    drawn.push(...drawAt(view, actor, `${actor.name}.${lap}`, moment.at, moment.heading, moment.goneM, moment.motion));
  }
}

function drawAt(view: View, { look }: Actor, id: string, at: readonly [number, number], heading: readonly [number, number], goneM: number, motion: number): Drawn[] {
  const base = { id, groundM: at, depthM: depthOf(view, [...at, 0]) };
  const pose = { at, heading };
  switch (look.kind) {
    case 'person': {
      const gait = (2 * Math.PI * goneM) / strideM(look.person);
      const walking = { at, heading, gait, swing: motion };
      return [{ ...base, label: 'person', shade: [personShadow(view, look.person, walking)], shapes: walkingPerson(view, look.person, walking) }];
    }
    case 'vehicle':
      return [{ ...base, label: look.vehicle.label, shade: [vehicleShadow(view, look.vehicle, pose)], shapes: vehicleShapes(view, look.vehicle, pose) }];
    case 'rider': {
      const seat: readonly [number, number] = [at[0] - 0.15 * heading[0], at[1] - 0.15 * heading[1]];
      const crank = look.vehicle.label === 'bicycle' ? -goneM / 0.9 : 0.6;
      return [
        { ...base, label: look.vehicle.label, shade: [shadow(view, at, heading, 1.8, 0.5, 0.36)], shapes: twoWheelerShapes(view, look.vehicle, pose) },
        { ...base, id: `${id}.rider`, depthM: base.depthM - 0.001, label: 'person', shade: [], shapes: ridingPerson(view, look.person, seat, heading, crank, SADDLE_M[look.vehicle.label]) },
      ];
    }
  }
}

function drawStaging(view: View, { things = [], waving = [] }: Staging, timeS: number): Drawn[] {
  const there = things.filter(({ fromS, toS }) => timeS >= fromS && timeS < toS);
  return [
    ...there.map((thing, i): Drawn => ({ id: `thing${i}`, label: null, groundM: thing.at, depthM: depthOf(view, [...thing.at, 0]), ...thingShapes(view, thing) })),
    ...waving.map((one, i): Drawn => ({ id: `waving${i}`, label: null, groundM: one.at, depthM: depthOf(view, [...one.at, 0]), shade: [], shapes: wavingShapes(view, one, timeS) })),
  ];
}

function disturbed(actors: SceneActor[], disturbances: readonly Disturbance[], timeS: number, { widthPx, heightPx }: View): SceneActor[] {
  if (disturbances.length === 0) return actors;
  return actors.flatMap((actor) => {
    const box = disturbedBox(actor.box, disturbances, timeS, widthPx, heightPx);
    return box ? [{ ...actor, box }] : [];
  });
}

function truthOf(view: View, drawn: readonly Drawn[]): SceneActor[] {
  const shares = visibleShares(view, drawn.map((d) => d.shapes));
  return drawn.flatMap((one, i) => {
    const extent = extentOf(one.shapes);
    const box = extent && clip(extent, view);
    if (one.label === null || !box) return [];
    return [{ id: one.id, label: one.label, box, visibleFraction: shares[i] ?? 0, groundM: one.groundM }];
  });
}

function clip(extent: Extent, view: View): Box | null {
  const [x, y] = [Math.max(0, extent.left), Math.max(0, extent.top)];
  const [w, h] = [Math.min(view.widthPx, extent.right) - x, Math.min(view.heightPx, extent.bottom) - y];
  return w > 0 && h > 0 ? { x, y, w, h } : null;
}
