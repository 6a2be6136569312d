/** The floors of docs/architecture.md as rules that run: who may import whom, and what to do instead. */

/** Folder → the folders of ours it may import from (beside itself). */
const FLOORS = {
  domain: [],
  platform: [],
  config: ['domain', 'platform'],
  devices: ['domain', 'platform'],
  queue: ['domain', 'platform'],
  models: ['domain', 'platform'],
  grid: ['domain', 'platform'],
  alerts: ['domain', 'platform', 'grid'],
  dispatch: ['domain', 'platform', 'grid'],
  store: ['domain', 'platform'],
  gateway: ['domain', 'platform', 'devices', 'queue'],
  workers: ['domain', 'platform', 'queue', 'models', 'grid', 'alerts'],
  'console/server': ['domain', 'platform', 'grid', 'alerts', 'dispatch'],
  'console/web': ['domain'],
};

/** Package → the only folders that may use it. */
const ONLY_HERE = {
  'pino|prom-client': ['platform'],
  'node-av|fluent-ffmpeg': ['devices'],
  aws4fetch: ['store'],
  'bullmq|ioredis': ['queue'],
  'onnxruntime-node': ['models'],
  'aedes|mqtt': ['gateway'],
  '@electric-sql/pglite|pg': ['store'],
  'fastify|@fastify/[a-z-]+|fastify-type-provider-zod': ['console/server'],
  'react|react-dom|maplibre-gl': ['console/web'],
  'flatbush|polyclip-ts': ['grid'],
  yaml: ['config', 'models'],
};

const PROOF = '\\.test\\.tsx?$|^(bench|test-fixtures|setup)/';

const floorRules = Object.entries(FLOORS).map(([folder, allowed]) => ({
  name: `floor-${folder.replace('/', '-')}`,
  severity: 'error',
  comment: `${folder}/ stands on ${allowed.length ? allowed.join(', ') : 'nothing'} only. Declare the small interface you need in your own file and let main/ hand the part in; a word that both need goes down to domain/.`,
  from: { path: `^${folder}/`, pathNot: PROOF },
  to: { path: '^(domain|platform|config|devices|queue|models|grid|alerts|dispatch|store|gateway|workers|console|main|bench|test-fixtures|setup)/', pathNot: [`^${folder}/`, ...allowed.map((a) => `^${a}/`)] },
}));

const packageRules = Object.entries(ONLY_HERE).map(([packages, folders]) => ({
  name: `only-here-${packages.replace(/[^a-z]+/g, '-')}`,
  severity: 'error',
  comment: `Only ${folders.join(', ')} may use ${packages.replaceAll('|', ', ')}: everyone else takes the interface that folder offers, so that the package can be replaced in one place.`,
  from: { path: '^[a-z-]+/', pathNot: [PROOF, '^node_modules/', ...folders.map((f) => `^${f}/`)] },
  to: { path: `^node_modules/(${packages})/` },
}));

export default {
  forbidden: [
    ...floorRules,
    ...packageRules,
    {
      name: 'nothing-imports-main-or-proof',
      severity: 'error',
      comment: 'main/ is where parts are put together, and tests, benches and fixtures only prove: nothing may lean on them. Move what you need down to the floor it belongs to.',
      from: { path: '^(domain|platform|config|devices|queue|models|grid|alerts|dispatch|store|gateway|workers|console|main)/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^(bench|test-fixtures|setup)/|\\.test\\.tsx?$' },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      comment: 'Two files that import each other are one file, or a third word is missing: put it in domain/ or split off what both need.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-drawers',
      severity: 'error',
      comment: 'A file called util, helper, common, misc or shared says nothing: name it after the one thing it does.',
      from: {},
      to: { path: '(^|/)(utils?|helpers?|common|misc|shared)(/|\\.tsx?$)', pathNot: '^node_modules/' },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      comment: 'The import leads nowhere: check the path and its ending (.ts is written out).',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules/\\.|console/web/dist|data)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    includeOnly: undefined,
    // node-av and others name their entry points in package.json "exports" alone.
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
