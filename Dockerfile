# One image for every process: the command says which (see docker-compose.yml).
FROM node:24-slim AS build
WORKDIR /app
# The pinned `node` of the dev dependencies is for machines with an older one; this image brings its own.
COPY package.json package-lock.json prisma.config.ts ./
COPY prisma ./prisma
RUN npm ci --ignore-scripts --no-audit --no-fund && node prisma/generate.ts
# The console takes its types and its transition table from src.
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
USER node
ENV HOST=0.0.0.0 PORT=3000
EXPOSE 3000
# Not npm: it would stand between the signals and the process.
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=150", "workers/api.ts"]
