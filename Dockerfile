# One image for all processes; the command selects one (see docker-compose.yml).
FROM node:24-slim AS build
WORKDIR /app
# --ignore-scripts also skips installing the `node` dev dependency, which is for machines with an older Node.
COPY package.json package-lock.json prisma.config.ts ./
COPY prisma ./prisma
RUN npm ci --ignore-scripts --no-audit --no-fund && node prisma/generate.ts
# The console imports types and the state transition table from src.
COPY tsconfig.json ./
COPY src ./src
COPY console ./console
RUN npm run --silent console -- --logLevel warn

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY prisma ./prisma
COPY workers ./workers
COPY src ./src
COPY --from=build /app/src/generated ./src/generated
COPY --from=build /app/console/dist ./console/dist
# A new volume that is mounted here belongs to the same user.
RUN install -d -o node -g node /images
USER node
ENV HOST=0.0.0.0 PORT=3000
EXPOSE 3000
# Not npm, which would not forward signals to the process reliably.
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=150", "workers/api.ts"]
