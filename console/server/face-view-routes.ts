/** Who looked at faces: for administrators of the whole site, who answer for it. */
import { z } from 'zod';
import { GridwardenError } from '../../platform/errors.ts';
import { atLeast } from './access.ts';
import { faceView, refusals } from './answers.ts';
import type { Api } from './api.ts';
import type { ConsoleParts } from './parts.ts';

const MOST = 1000;

export function faceViewRoutes(app: Api, { faceViews }: ConsoleParts): void {
  app.get(
    '/api/face-views',
    {
      schema: {
        summary: 'Every look at pictures and video in which faces can be recognised, newest first (admin of the whole site)',
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(MOST).default(100) }),
        response: { 200: z.object({ views: z.array(faceView) }), ...refusals },
      },
    },
    async (request) => {
      if (atLeast(request, 'admin').cellScope.length > 0) throw new GridwardenError('SCOPE_TOO_NARROW');
      return { views: [...(await faceViews.noted(request.query.limit))] };
    },
  );
}
