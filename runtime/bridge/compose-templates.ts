import type { ComposeTemplate } from '../contract/compose-templates.ts';

/**
 * Files that a new project begins with. Each is meant to come up as it is, keeps its data in a named volume, publishes on this
 * computer alone, and takes its passwords from the environment or a `.env` file beside it.
 */
export const TEMPLATES: Readonly<Record<ComposeTemplate, string>> = {
  blank: `services:
  app:
    image: busybox
    command: sleep infinity
`,
  web: `# Serves the files of ./public on http://localhost:8080
services:
  web:
    image: nginx:alpine
    ports:
      - 127.0.0.1:8080:80
    volumes:
      - ./public:/usr/share/nginx/html:ro
    restart: unless-stopped
`,
  postgres: `# PostgreSQL on localhost:5432, and Adminer to look into it on http://localhost:8080
services:
  db:
    image: postgres:17-alpine
    environment:
      POSTGRES_DB: app
      POSTGRES_USER: app
      POSTGRES_PASSWORD: \${DB_PASSWORD:-change-me}
    ports:
      - 127.0.0.1:5432:5432
    volumes:
      - data:/var/lib/postgresql/data
    healthcheck:
      test: [CMD, pg_isready, -U, app]
      interval: 5s
      retries: 10
    restart: unless-stopped

  adminer:
    image: adminer
    ports:
      - 127.0.0.1:8080:8080
    depends_on:
      db:
        condition: service_healthy

volumes:
  data:
`,
  mariadb: `# MariaDB on localhost:3306
services:
  db:
    image: mariadb:11
    environment:
      MARIADB_DATABASE: app
      MARIADB_USER: app
      MARIADB_PASSWORD: \${DB_PASSWORD:-change-me}
      MARIADB_RANDOM_ROOT_PASSWORD: "yes"
    ports:
      - 127.0.0.1:3306:3306
    volumes:
      - data:/var/lib/mysql
    healthcheck:
      test: [CMD, healthcheck.sh, --connect, --innodb_initialized]
      interval: 5s
      retries: 10
    restart: unless-stopped

volumes:
  data:
`,
  redis: `# Redis on localhost:6379, written to disk as it goes
services:
  redis:
    image: redis:8-alpine
    command: redis-server --appendonly yes
    ports:
      - 127.0.0.1:6379:6379
    volumes:
      - data:/data
    healthcheck:
      test: [CMD, redis-cli, ping]
      interval: 5s
    restart: unless-stopped

volumes:
  data:
`,
  wordpress: `# WordPress on http://localhost:8080
services:
  wordpress:
    image: wordpress
    environment:
      WORDPRESS_DB_HOST: db
      WORDPRESS_DB_NAME: wordpress
      WORDPRESS_DB_USER: wordpress
      WORDPRESS_DB_PASSWORD: \${DB_PASSWORD:-change-me}
    ports:
      - 127.0.0.1:8080:80
    volumes:
      - site:/var/www/html
    depends_on:
      db:
        condition: service_healthy
    restart: unless-stopped

  db:
    image: mariadb:11
    environment:
      MARIADB_DATABASE: wordpress
      MARIADB_USER: wordpress
      MARIADB_PASSWORD: \${DB_PASSWORD:-change-me}
      MARIADB_RANDOM_ROOT_PASSWORD: "yes"
    volumes:
      - data:/var/lib/mysql
    healthcheck:
      test: [CMD, healthcheck.sh, --connect, --innodb_initialized]
      interval: 5s
      retries: 10
    restart: unless-stopped

volumes:
  site:
  data:
`,
  registry: `# A registry of one's own on localhost:5000
services:
  registry:
    image: registry:3
    ports:
      - 127.0.0.1:5000:5000
    volumes:
      - images:/var/lib/registry
    restart: unless-stopped

volumes:
  images:
`,
};
