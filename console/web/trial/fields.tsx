/** The few things a rule asks for: camera, kind, place, classes and the numbers of its kind. */
import { useId } from 'react';
import { OBJECT_CLASSES } from '../../../domain/detection.ts';
import { CAMERA_RULE_KINDS } from '../../../domain/rule.ts';
import type { CameraRow } from '../api/contract.ts';
import { useWords } from '../i18n/language.ts';
import { type Draft, draftOf, NEW_LINE, NEW_ZONE, type NumberField, NUMBERS, onLine, TRIED_KINDS, type TriedKind } from './draft.ts';

export type SpanChoice = 'all' | 5 | 15 | 60;
const SPANS: readonly SpanChoice[] = ['all', 5, 15, 60];

interface FieldsProps {
  readonly cameras: readonly CameraRow[];
  readonly camera: CameraRow;
  readonly draft: Draft;
  readonly span: SpanChoice;
  readonly onCamera: (cameraId: string) => void;
  readonly onSpan: (span: SpanChoice) => void;
  readonly onDraft: (change: Partial<Draft>) => void;
}

function Labelled({ label, children }: { label: string; children: (id: string) => React.ReactNode }) {
  const id = useId();
  return (
    <div className="trial-field">
      <label className="trial-label" htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}

function PlaceField({ camera, draft, onDraft }: Pick<FieldsProps, 'camera' | 'draft' | 'onDraft'>) {
  const words = useWords();
  const lines = onLine(draft);
  const [own, chosen, fresh] = lines ? [camera.lines, draft.line.id, NEW_LINE.id] : [camera.zones, draft.zone.id, NEW_ZONE.id];
  const choose = (id: string): void => {
    if (lines) onDraft({ line: camera.lines.find((line) => line.id === id) ?? { ...NEW_LINE, name: words.trial.lineName } });
    else onDraft({ zone: camera.zones.find((zone) => zone.id === id) ?? { ...NEW_ZONE, name: words.trial.zoneName } });
  };
  return (
    <Labelled label={lines ? words.trial.line : words.trial.zone}>
      {(id) => (
        <select id={id} className="choice" value={chosen} onChange={(event) => choose(event.target.value)}>
          {own.map(({ id, name }) => (
            <option key={id} value={id}>{name}</option>
          ))}
          <option value={fresh}>{words.trial.newPlace}</option>
        </select>
      )}
    </Labelled>
  );
}

function Classes({ draft, onDraft }: Pick<FieldsProps, 'draft' | 'onDraft'>) {
  const words = useWords();
  return (
    <fieldset className="trial-classes">
      <legend className="trial-label">{words.trial.classes}</legend>
      {OBJECT_CLASSES.map((label) => {
        const on = draft.classes.includes(label);
        return (
          <label key={label} className={on ? 'trial-class trial-class-on' : 'trial-class'}>
            {/* A rule about nothing is none: the last class stays. */}
            <input type="checkbox" checked={on} disabled={on && draft.classes.length === 1} onChange={() => onDraft({ classes: on ? draft.classes.filter((one) => one !== label) : [...draft.classes, label] })} />
            {words.classes[label]}
          </label>
        );
      })}
    </fieldset>
  );
}

export function Fields({ cameras, camera, draft, span, onCamera, onSpan, onDraft }: FieldsProps) {
  const words = useWords();
  const numbers = Object.entries(NUMBERS[draft.kind]) as [NumberField, readonly [number, number]][];
  return (
    <>
      <Labelled label={words.trial.camera}>
        {(id) => (
          <select id={id} className="choice" value={draft.cameraId} onChange={(event) => onCamera(event.target.value)}>
            {cameras.map(({ id, name }) => (
              <option key={id} value={id}>{name}</option>
            ))}
          </select>
        )}
      </Labelled>
      <Labelled label={words.trial.span}>
        {(id) => (
          <select id={id} className="choice" value={String(span)} onChange={(event) => onSpan(SPANS.find((each) => String(each) === event.target.value) ?? 'all')}>
            {SPANS.map((each) => (
              <option key={each} value={String(each)}>{words.trial.spans[each]}</option>
            ))}
          </select>
        )}
      </Labelled>
      <Labelled label={words.trial.kind}>
        {(id) => (
          <select id={id} className="choice" value={draft.kind} onChange={(event) => onDraft(draftOf(event.target.value as TriedKind, words.trial.newName(words.ruleKinds[event.target.value as TriedKind]), draft))}>
            {CAMERA_RULE_KINDS.map((kind) => {
              const tried = TRIED_KINDS.some((each) => each === kind);
              return (
                <option key={kind} value={kind} disabled={!tried}>{tried ? words.ruleKinds[kind] : `${words.ruleKinds[kind]} · ${words.trial.needsPictures}`}</option>
              );
            })}
          </select>
        )}
      </Labelled>
      <PlaceField camera={camera} draft={draft} onDraft={onDraft} />
      <Classes draft={draft} onDraft={onDraft} />
      {onLine(draft) && (
        <Labelled label={words.trial.direction}>
          {(id) => (
            <select id={id} className="choice" value={draft.direction} onChange={(event) => onDraft({ direction: event.target.value as Draft['direction'] })}>
              {(['both', 'to-left', 'to-right'] as const).map((each) => (
                <option key={each} value={each}>{words.trial.directions[each]}</option>
              ))}
            </select>
          )}
        </Labelled>
      )}
      <div className="trial-numbers">
        {numbers.map(([field, [begins, least]]) => (
          <Labelled key={`${draft.kind}-${field}`} label={words.trial[field]}>
            {(id) => (
              <input
                id={id} type="number" className="field num" min={least} step={field === 'overHeights' ? 0.1 : 1} required defaultValue={draft.numbers[field] ?? begins}
                onChange={(event) => event.target.validity.valid && onDraft({ numbers: { ...draft.numbers, [field]: event.target.valueAsNumber } })}
              />
            )}
          </Labelled>
        ))}
      </div>
    </>
  );
}
