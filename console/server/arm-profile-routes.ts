/** The arm profile the site is in: everybody sees it, who changed it is kept. */
import { z } from 'zod';
import type { ArmProfileState } from '../../domain/rule.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { refusals } from './answers.ts';
import type { Api } from './api.ts';
import { atLeast, whoOf } from './access.ts';
import type { ConsoleParts } from './parts.ts';

const state: z.ZodType<ArmProfileState> = z
  .object({
    profiles: z.array(z.object({ id: z.string(), name: z.string() })).describe('Empty where the site has none'),
    current: z.string().nullable(),
    changes: z.array(z.object({ by: z.string(), atMs: z.number(), from: z.string(), to: z.string() })).describe('The last ones, newest first'),
  })
  .meta({ id: 'ArmProfileState' });

export function armProfileRoutes(app: Api, { armProfile }: ConsoleParts): void {
  app.get('/api/arm-profile', { schema: { summary: 'The arm profile the site is in, and who changed it last', response: { 200: state, ...refusals } } }, async (request) => {
    whoOf(request);
    return armProfile.state();
  });

  app.put(
    '/api/arm-profile',
    { schema: { summary: 'Put the whole site into an arm profile', body: z.strictObject({ profile: z.string().min(1).max(64) }), response: { 200: state, ...refusals } } },
    async (request) => {
      const { name, cellScope } = atLeast(request, 'dispatcher');
      // Whoever answers for a street must not disarm the district.
      if (cellScope.length > 0) throw new GridwardenError('SCOPE_TOO_NARROW');
      return armProfile.change(request.body.profile, name);
    },
  );
}
