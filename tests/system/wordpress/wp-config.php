<?php
// One installation for two sites and many hosts: which site, and in which state, nginx says.
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
$socket = getenv('DB_SOCKET') ?: dirname(__DIR__) . '/db.sock';
define('DB_HOST', 'localhost:' . (state() === 'no-database' ? '/nowhere.sock' : $socket));
define('DB_CHARSET', 'utf8mb4');
define('WP_HOME', 'http://' . preg_replace('/[^a-z0-9.-]/', '', $_SERVER['HTTP_HOST'] ?? getenv('HTTP_HOST')));
define('WP_SITEURL', WP_HOME);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('AUTH_KEY', 'a'); define('SECURE_AUTH_KEY', 'b'); define('LOGGED_IN_KEY', 'c'); define('NONCE_KEY', 'd');
define('AUTH_SALT', 'e'); define('SECURE_AUTH_SALT', 'f'); define('LOGGED_IN_SALT', 'g'); define('NONCE_SALT', 'h');
$table_prefix = (($_SERVER['SITE'] ?? getenv('SITE')) === 'little' ? 'little_' : 'full_');
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');

function state() { return $_SERVER['STATE'] ?? ''; }

require_once ABSPATH . 'wp-settings.php';
