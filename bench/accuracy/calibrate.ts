/**
 * Fits a model's calibration and prints it as YAML for the manifest:
 * `node setup/run.mjs bench/accuracy/calibrate.ts MODEL [--pictures real|scenes|both] [--false-alarms 0.1]`.
 * The curves are fitted on all the pictures; the reliability figures come from five folds, each judged by curves fitted on the other four.
 */
import { parseArgs } from 'node:util';
import { OBJECT_CLASSES } from '../../domain/detection.ts';
import { type Judged, judgePicture, type LabelledPicture } from '../../models/average-precision.ts';
import { calibrated, type Curve, fitCurves, lowestScoreFor, type Reliability, reliabilityOf } from '../../models/calibration.ts';
import { labelledImages, type LabelledImage } from '../../test-fixtures/labelled-images.ts';
import { CALIBRATION_SEEDS, sceneImages } from '../../test-fixtures/scene-images.ts';
import { findSubjects, look, type Subject } from './subjects.ts';

/** Curves are fitted from here on: below every manifest's threshold, so that the curve has a beginning. */
const FIT_FROM = 0.02;
const FOLDS = 5;
/** CAP 1.2 calls Likely what is more probable than this: below, no detection raises an alert by itself, however few false ones there are. */
const LIKELY = 0.5;
/** Of COCO's two halves the one that no model was trained on: false-alarm rates are counted there. */
const UNSEEN = 'val2017_';
const SCENES_ARE = 'scene';

type PerLabel = Readonly<Record<string, readonly Judged[]>>;
interface Looked {
  readonly name: string;
  readonly picture: LabelledPicture;
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { pictures: { type: 'string', default: 'real' }, 'false-alarms': { type: 'string', default: '0.1' } } });
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const { found } = await findSubjects();
const subject = found.find(({ entry }) => entry.name === positionals[0]);
if (!subject || !['real', 'scenes', 'both'].includes(values.pictures)) {
  say(`usage: node setup/run.mjs bench/accuracy/calibrate.ts MODEL [--pictures real|scenes|both] [--false-alarms 0.1]; models here: ${found.map(({ entry }) => entry.name).join(', ')}`);
  process.exit(2);
}
const real = values.pictures === 'scenes' ? [] : await labelledImages(subject.entry.task);
const images = real && [...real, ...(values.pictures === 'real' ? [] : await sceneImages(176, 20, CALIBRATION_SEEDS))];
if (!images) {
  say('The images of ../shared are not there: fit on generated streets with --pictures scenes.');
  process.exit(1);
}
process.stdout.write(await calibrationOf(subject, images, Number(values['false-alarms'])));
process.exit(0);

async function calibrationOf(subject: Subject, images: readonly LabelledImage[], falseAlarms: number): Promise<string> {
  const labels: readonly string[] = subject.entry.task === 'objects' ? OBJECT_CLASSES : ['face'];
  const pictures = await look(subject, images, FIT_FROM);
  const looked = pictures.map((picture, i): Looked => ({ name: images[i]!.name, picture }));
  const { curves, shared } = fitCurves(judge(looked, labels));
  const unseen = looked.some(({ name }) => name.startsWith(UNSEEN)) ? looked.filter(({ name }) => name.startsWith(UNSEEN)) : looked;
  const rates = judge(unseen, labels);
  const alertFrom = Object.fromEntries(labels.map((label) => [label, alertScore(rates[label]!, curves[label]!, falseAlarms * unseen.length)]));
  report(subject, looked, labels);
  for (const label of labels) say(alertLine(label, rates[label]!, curves[label]!, alertFrom[label]!, unseen, falseAlarms));
  const scenes = images.filter(({ name }) => name.startsWith(SCENES_ARE)).length;
  const parts = [...(images.length > scenes ? [`${images.length - scenes} pictures of ../shared/images/${subject.entry.task}`] : []), ...(scenes > 0 ? [`${scenes} generated streets`] : [])];
  return yamlOf({ measuredOn: parts.join(' and '), counts: judge(looked, labels), curves, shared, alertFrom, falseAlarms });
}

function judge(looked: readonly Looked[], labels: readonly string[]): Record<string, Judged[]> {
  return Object.fromEntries(labels.map((label) => [label, looked.flatMap(({ picture }) => judgePicture(picture, label))]));
}

/** What the program would see of them: from the manifest's threshold on, as probabilities. */
function seen(perLabel: PerLabel, from: number, curves: Readonly<Record<string, Curve>> | null): Judged[] {
  return Object.entries(perLabel).flatMap(([label, judged]) => judged.filter(({ score }) => score >= from).map(({ score, right }) => ({ right, score: curves ? calibrated(curves[label]!, score) : score })));
}

function report({ entry }: Subject, looked: readonly Looked[], labels: readonly string[]): void {
  const from = entry.thresholds.score;
  const crossed = Array.from({ length: FOLDS }, (_, fold) => {
    const { curves } = fitCurves(judge(looked.filter((__, i) => i % FOLDS !== fold), labels));
    return seen(judge(looked.filter((__, i) => i % FOLDS === fold), labels), from, curves);
  }).flat();
  say(`${entry.name}, detections from ${from} on, said → right (how many):`);
  say(line('raw scores', reliabilityOf(seen(judge(looked, labels), from, null))));
  say(line(`calibrated, ${FOLDS} folds`, reliabilityOf(crossed)));
  const [trained, unseen] = ['train2017_', UNSEEN].map((prefix) => looked.filter(({ name }) => name.startsWith(prefix))) as [Looked[], Looked[]];
  if (trained.length === 0 || unseen.length === 0) return;
  say(line('raw scores, val2017 alone', reliabilityOf(seen(judge(unseen, labels), from, null))));
  say(line('fitted on train2017, judged on val2017', reliabilityOf(seen(judge(unseen, labels), from, fitCurves(judge(trained, labels)).curves))));
}

function line(what: string, { ece, bins }: Reliability): string {
  return `  ${what}: ECE ${ece.toFixed(3)}; ${bins.map(({ said, right, detections }) => `${said.toFixed(2)} → ${right.toFixed(2)} (${detections})`).join(', ')}`;
}

function alertScore(judged: readonly Judged[], curve: Curve, most: number): number {
  const from = lowestScoreFor(judged, most);
  return Math.max(LIKELY, Math.ceil(calibrated(curve, Math.min(1, from)) * 100) / 100);
}

function alertLine(label: string, judged: readonly Judged[], curve: Curve, from: number, unseen: readonly Looked[], falseAlarms: number): string {
  const passed = judged.filter(({ score }) => calibrated(curve, score) >= from);
  const right = passed.filter((one) => one.right).length;
  const boxes = unseen.reduce((sum, { picture }) => sum + picture.truth.filter((t) => t.label === label && !t.crowd).length, 0);
  return `  ${label}: alert from ${from}: ${((passed.length - right) / unseen.length).toFixed(3)} false a picture (allowed ${falseAlarms}), ${right} of ${boxes} boxes found, ${unseen.length} pictures`;
}

function yamlOf(c: { measuredOn: string; counts: PerLabel; curves: Readonly<Record<string, Curve>>; shared: readonly string[]; alertFrom: Readonly<Record<string, number>>; falseAlarms: number }): string {
  const count = (label: string): string => `${c.counts[label]!.filter(({ right }) => right).length} right of ${c.counts[label]!.length}`;
  const shown = (label: string): string => {
    if (label === c.shared[0]) return `&few ${JSON.stringify(c.curves[label])} # one curve for ${c.shared.map((one) => `${one} (${count(one)})`).join(', ')}`;
    return c.shared.includes(label) ? '*few' : `${JSON.stringify(c.curves[label])} # ${count(label)}`;
  };
  return [
    '    calibration:',
    `      measuredOn: ${c.measuredOn}`,
    '      curves:',
    ...Object.keys(c.curves).map((label) => `        ${label}: ${shown(label)}`),
    `      alertFrom: { ${Object.entries(c.alertFrom).map(([label, from]) => `${label}: ${from}`).join(', ')} }`,
    `      falseAlarmsPerPicture: ${c.falseAlarms}`,
    '',
  ].join('\n');
}
