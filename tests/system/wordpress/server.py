"""Debian's WordPress behind nginx, with PHP and MariaDB: private folders, sockets, and one port on loopback.

One installation serves every host of `states.py`. A department's site is installed by WordPress's own installer; a
second one, which offers little, lies beside it in the same database. What differs between the hosts (rate limits, bans,
robots.txt, what the menu names) is nginx's configuration. Nothing leaves the machine: WordPress may ask no other host
and its mail goes to `true`. Needs root, because PHP and MariaDB run as www-data.
"""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from tests.system.daemon import Daemon, free_ports, program
from tests.system.servers.department import PDF
from tests.system.wordpress.states import STATES, State

HOST = "127.0.0.1"
USER = "www-data"
SOURCE = Path("/usr/share/wordpress")
HERE = Path(__file__).parent
# The hosts on which the two sites are installed; each state shows one of them under its own name.
SITES = {"full": "full.gov.test", "little": "little.gov.test"}

PHP_INI = """
[global]
error_log = {folder}/php.log
[www]
user = www-data
group = www-data
listen = {folder}/php.sock
listen.owner = www-data
pm = static
pm.max_children = 3
php_admin_value[sendmail_path] = /bin/true
php_admin_value[error_log] = {folder}/php.log
"""

NGINX = """
worker_processes 1;
user www-data;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 200; }}
http {{
  include /etc/nginx/mime.types;
  log_format hosts '$host $remote_addr "$request" $status';
  access_log {folder}/access.log hosts;
  client_body_temp_path {folder}/tmp/body;
  fastcgi_temp_path {folder}/tmp/fastcgi;
  proxy_temp_path {folder}/tmp/proxy;
  uwsgi_temp_path {folder}/tmp/uwsgi;
  scgi_temp_path {folder}/tmp/scgi;
  server_names_hash_bucket_size 128;
  limit_req_zone $server_name zone=two_a_second:1m rate=2r/s;
  limit_req_zone $server_name zone=one_a_minute:1m rate=1r/m;
{servers}
}}
"""

SERVER = """
  server {{
    listen {host}:{port};
    server_name {name};
    root {folder}/www;
    index index.php;
    {rules}
    location / {{ try_files $uri $uri/ /index.php?$args; }}
    location ~ \\.php$ {{
      include /etc/nginx/fastcgi.conf;
      fastcgi_param SITE {site};
      fastcgi_param STATE "{state}";
      fastcgi_pass unix:{folder}/php.sock;
      {answers}
    }}
  }}
"""


@dataclass
class WordPress:
    """`with WordPress() as wordpress:` every host of the states answers at `wordpress.place`."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="prober-wordpress-")))
    running: list[Daemon] = field(default_factory=list)

    def __enter__(self) -> "WordPress":
        try:
            self.folder.chmod(0o755)  # the servers' user must pass
            self.port = free_ports(HOST, "http")["http"]
            self._write()
            self._start("mariadb", self._mariadb(), str(self.folder / "db.sock"))
            self._start(
                "php", [program("php-fpm8.4"), "-F", "-y", f"{self.folder}/php.conf"], str(self.folder / "php.sock")
            )
            self._start(
                "nginx", [program("nginx"), "-c", f"{self.folder}/nginx.conf", "-g", "daemon off;"], (HOST, self.port)
            )
            for site in SITES:
                self._install(site)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for daemon in reversed(self.running):
            daemon.stop()
        shutil.rmtree(self.folder)

    @property
    def place(self) -> str:
        return f"{HOST}:{self.port}"

    def asked(self, host: str) -> list[str]:
        """The targets of all requests to a host that nginx has logged, in order."""
        lines = (self.folder / "access.log").read_text(encoding="utf-8").splitlines()
        return [line.split('"')[1].split()[1] for line in lines if line.startswith(f"{host} ")]

    def _start(self, name: str, command: list[str], address: tuple[str, int] | str) -> None:
        self.running.append(Daemon(command, self.folder / f"{name}.out", address))

    def _write(self) -> None:
        shutil.copytree(SOURCE, self.folder / "www", ignore=shutil.ignore_patterns("wp-config.php"))
        for name in ("db", "tmp", "www/wp-content/uploads"):
            (self.folder / name).mkdir(exist_ok=True)
            shutil.chown(self.folder / name, USER, USER)
        shutil.chown(self.folder, USER, USER)  # for the sockets
        plugins = self.folder / "www/wp-content/mu-plugins"
        plugins.mkdir()
        shutil.copy(HERE / "states.php", plugins)
        for name in ("wp-config.php", ".maintenance"):
            shutil.copy(HERE / name.removeprefix("."), self.folder / "www" / name)
        documents = self.folder / "www/tai-lieu"
        documents.mkdir()
        for name in ("du-toan-2025.pdf", "quy-1-2025.pdf", "quyet-toan-2023.pdf"):
            (documents / name).write_bytes(PDF)
        (self.folder / "php.conf").write_text(PHP_INI.format(folder=self.folder), encoding="utf-8")
        installing = (State(name=host.split(".")[0], site=site) for site, host in SITES.items())
        servers = "".join(map(self._server, (*installing, *STATES)))
        text = NGINX.format(folder=self.folder, servers=servers)
        log = (
            f"log_format hosts '$host $remote_addr \"$request\" $status';\n  access_log {self.folder}/access.log hosts;"
        )
        text = text.replace(f"access_log {self.folder}/access.log;", log)
        (self.folder / "nginx.conf").write_text(text, encoding="utf-8")

    def _server(self, state: State) -> str:
        return SERVER.format(
            host=HOST, port=self.port, folder=self.folder, name=state.host, site=state.site, state=state.wordpress,
            rules=state.rules, answers=state.answers,
        )  # fmt: skip

    def _mariadb(self) -> list[str]:
        """The server, after its system tables were made; it makes our database when it starts."""
        data = self.folder / "db"
        made = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", f"--user={USER}", "--skip-test-db",
                "--auth-root-authentication-method=normal", "--skip-name-resolve"]  # fmt: skip
        subprocess.run(made, stdin=subprocess.DEVNULL, capture_output=True, check=True)
        (self.folder / "first.sql").write_text("CREATE DATABASE wordpress;\n", encoding="utf-8")
        return [
            program("mariadbd"), "--no-defaults", f"--datadir={data}", f"--user={USER}", "--skip-networking",
            f"--socket={self.folder}/db.sock", f"--pid-file={data}/db.pid", f"--init-file={self.folder}/first.sql",
            "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0",
        ]  # fmt: skip

    def _install(self, site: str) -> None:
        """Run WordPress's own installer, then put in what the site publishes."""
        values = {
            "weblog_title": "Sở Tài chính tỉnh Cà Mau", "user_name": "quantri", "admin_password": "mot-mat-khau-dai-1",
            "admin_password2": "mot-mat-khau-dai-1", "admin_email": "quantri@gov.test", "blog_public": "1",
        }  # fmt: skip
        asked = Request(
            f"http://{self.place}/wp-admin/install.php?step=2", urlencode(values).encode(), {"Host": SITES[site]}
        )
        with build_opener(ProxyHandler({})).open(asked, timeout=60) as answer:
            assert b"wp-login.php" in answer.read(), "WordPress was not installed"
        subprocess.run(
            [program("php"), "-d", "sendmail_path=/bin/true", str(HERE / "content.php"), f"{self.folder}/www"],
            env=os.environ | {"SITE": site, "HTTP_HOST": SITES[site], "DB_SOCKET": f"{self.folder}/db.sock"},
            user=USER, group=USER, extra_groups=(), stdin=subprocess.DEVNULL, check=True,
        )  # fmt: skip
