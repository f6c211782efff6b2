"""Site files: addresses, AE titles, orders, and the refusal of hosts that are not this machine."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from scansim.builtin_files import builtin_folder
from scansim.inputs import InputError
from scansim.site import ListenerAddress, Site, check_ae, is_loopback, load_site, parse_target, single_target
from scansim.vocabulary import services

SITES = sorted((builtin_folder() / "sites").glob("*.yaml"))
STORAGE = "services:\n  storage: {ae: PACS, host: 127.0.0.1, port: 104}\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "site.yaml"
    path.write_text(text)
    return path


def error(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        load_site(write(folder, text))
    return str(caught.value).replace(f"{folder}/", "")


def service(ae: str = "PACS", host: str = "127.0.0.1", port: object = 104) -> str:
    return f"services:\n  storage:\n    ae: {ae}\n    host: {host}\n    port: {port}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (service(ae="SEVENTEEN_LETTERS"), "site.yaml:3: services.storage.ae: 'SEVENTEEN_LETTERS' is no AE title"),
        (service(ae="'A\\B'"), "site.yaml:3: services.storage.ae: 'A\\\\B' is no AE title: 1 to 16 characters"),
        (service(ae="'   '"), "site.yaml:3: services.storage.ae: '' is no AE title"),
        (service(ae="Ä"), "site.yaml:3: services.storage.ae: 'Ä' is no AE title"),
        (service(ae='"A\\tB"'), "site.yaml:3: services.storage.ae: 'A\\tB' is no AE title"),
        (service(ae='"PACS\\n"'), "site.yaml:3: services.storage.ae: 'PACS\\n' is no AE title"),
        (service(port=0), "site.yaml:5: services.storage.port: Input should be greater than or equal to 1, not 0"),
        (service(port=70000), "site.yaml:5: services.storage.port: Input should be less than or equal to 65535"),
        (service(port="dicom"), "site.yaml:5: services.storage.port: Input should be a valid integer"),
        (service(host="''"), "site.yaml:4: services.storage.host: String should have at least 1 character"),
        (
            "services: {pacs: {ae: A, host: localhost, port: 1}}\n",
            "site.yaml:1: services.pacs: unknown service; allowed here: ",
        ),
        ("services: {}\n", "site.yaml:1: no service is given; known: worklist, mpps, storage, commitment, query"),
        ("calling_ae: A\n", "site.yaml:1: services: required, but not there"),
        (STORAGE + "listener: {port: -1}\n", "site.yaml:3: listener.port: Input should be greater than or equal to 0"),
        (
            STORAGE + "orders: {existing: true, folder: x}\n",
            "site.yaml:3: orders: give either folder: PATH or existing: true",
        ),
        (STORAGE + "orders: {}\n", "site.yaml:3: orders: give either folder: PATH or existing: true"),
        (
            STORAGE + "orders:\n  folder: x\n  accession: A1\n",
            "site.yaml:3: orders: accession goes with existing: true",
        ),
        (STORAGE + "orders:\n  folder: nowhere\n", "site.yaml:4: orders.folder: "),
        (
            STORAGE.replace("104", "104, timeouts: {response: 0}"),
            "site.yaml:2: services.storage.timeouts.response: Input should be greater than 0",
        ),
        (STORAGE.replace("104", "104, tls: yes"), "site.yaml:2: services.storage.tls: "),
        (
            service(host="pacs.example.org"),
            "site.yaml:1: services.storage.host 'pacs.example.org' is not this machine; to send there on purpose, "
            "use a site file with allow_remote: true",
        ),
    ],
)
def test_a_mistake_is_named_with_file_line_and_what_is_allowed(tmp_path, text, told):
    assert error(tmp_path, text).startswith(told)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "localhost.example.org", "0.0.0.0", "::", "128.0.0.1", "127.1", "2130706433"]
)
def test_other_hosts_are_refused_unless_meant(tmp_path, host):
    assert "is not this machine" in error(tmp_path, service(host=f"'{host}'"))
    site = load_site(write(tmp_path, service(host=f"'{host}'") + "allow_remote: true\n"))
    assert site.address(services.STORAGE).host == host


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]"])
def test_this_machine_needs_no_permission(tmp_path, host):
    assert is_loopback(host)
    assert load_site(write(tmp_path, service(host=f"'{host}'"))).address(services.STORAGE).host == host.strip("[]")


@pytest.mark.parametrize("title", ["A", "pacs", "AE-1.2_3 x", " PADDED ", "0123456789ABCDEF", "  0123456789ABCDEF  "])
def test_legal_titles_are_taken_without_their_padding(title):
    assert check_ae(title) == title.strip()


def test_a_folder_of_orders_is_relative_to_the_site_file(tmp_path):
    (tmp_path / "worklist").mkdir()
    site = load_site(write(tmp_path, STORAGE + "orders: {folder: worklist}\n"))
    assert site.orders.folder == (tmp_path / "worklist").resolve()


def test_existing_orders_with_and_without_accession(tmp_path):
    assert load_site(write(tmp_path, STORAGE)).orders.existing
    site = load_site(write(tmp_path, STORAGE + "orders: {existing: true, accession: A1}\n"))
    assert site.orders.accession == "A1"


def test_the_calling_title_of_a_service_wins(tmp_path):
    site = load_site(write(tmp_path, STORAGE.replace("104", "104, calling_ae: CT2")))
    assert site.calling(site.address(services.STORAGE)) == "CT2"
    assert site.calling(site.address(services.STORAGE).model_copy(update={"calling_ae": None})) == "SCANPROOF"
    assert list(site.offered()) == ["storage"]
    assert site.address(services.MPPS) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("PACS@127.0.0.1:104", ("PACS", "127.0.0.1", 104)),
        ("MY PACS@localhost:65535", ("MY PACS", "localhost", 65535)),
        ("PACS@[::1]:104", ("PACS", "::1", 104)),
    ],
)
def test_a_target_in_one_word(text, parts):
    assert parse_target(text) == parts


@pytest.mark.parametrize(
    "text",
    ["", "PACS", "PACS@host", "PACS@host:0", "PACS@host:70000", "PACS@host:x", "@host:104", "A@B@host:104",
     "PACS@::1:104", "SEVENTEEN_LETTERS@host:104", "A\\B@host:104", " @host:104", "PACS@host:104\n"],
)  # fmt: skip
def test_a_target_of_another_form_is_refused_with_what_was_given(text):
    with pytest.raises(InputError, match="--target") as caught:
        parse_target(text)
    assert repr(text)[1:-1] in str(caught.value)


def test_a_single_target_offers_everything_and_refuses_remote_hosts():
    site = single_target("PACS", "127.0.0.1", 104)
    assert list(site.offered()) == list(services.ADDRESSED)
    with pytest.raises(InputError, match="not this machine"):
        single_target("PACS", "pacs.example.org", 104)


SCHEMA = Site.model_json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", SITES, ids=lambda path: path.stem)
def test_shipped_sites_load_and_fit_the_schema(path, tmp_path):
    data = yaml.safe_load(path.read_text())
    VALIDATOR.validate(data)
    copy = tmp_path / path.name
    copy.write_text(path.read_text())
    if folder := data.get("orders", {}).get("folder"):
        (tmp_path / folder).mkdir(parents=True)
    assert load_site(copy).offered()


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"services": {"pacs": {"ae": "A", "host": "h", "port": 1}}},
        {"services": {"storage": {"ae": "A", "host": "h", "port": 0}}},
        {"services": {"storage": {"ae": "A", "host": "h", "port": 70000}}},
        {"services": {"storage": {"ae": "A", "host": "h"}}},
        {"services": {"storage": {"ae": "A", "host": "", "port": 1}}},
        {"listener": {"port": "x"}},
        {"allow_remote": "perhaps"},
    ],
)
def test_the_schema_refuses_what_loading_refuses(change, tmp_path):
    data = {**yaml.safe_load(STORAGE), **change}
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(data)
    error(tmp_path, yaml.safe_dump(data))


LISTENER = STORAGE + "listener:\n  port: 0\n  host: 'HOST'\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "pacs.example.org"])
def test_others_may_call_us_only_where_somebody_said_so(tmp_path, host):
    text = LISTENER.replace("HOST", host)
    assert error(tmp_path, text) == (
        f"site.yaml:5: listener.host {host!r} lets other machines call; to be called on purpose, "
        "write allow_remote: true beside it, or at the top of the site file for targets as well"
    )
    for consent in ("  allow_remote: true\n", "allow_remote: true\n"):
        assert load_site(write(tmp_path, text + consent)).listener.host == host
    with pytest.raises(InputError, match=r"listener\.host .* give --allow-remote"):
        single_target("PACS", "127.0.0.1", 104, listener=ListenerAddress(host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_this_machine_may_call_us(tmp_path, host):
    assert load_site(write(tmp_path, LISTENER.replace("HOST", host))).listener.host == host.strip("[]")


def test_consent_to_be_called_is_none_to_call(tmp_path):
    text = service(host="pacs.example.org") + "listener: {host: 0.0.0.0, allow_remote: true}\n"
    assert "services.storage.host 'pacs.example.org' is not this machine" in error(tmp_path, text)


def test_an_address_of_ipv6_is_shown_in_brackets():
    site = single_target("PACS", "::1", 104)
    assert str(site.address(services.STORAGE)) == "PACS@[::1]:104"


def test_every_title_of_ours(tmp_path):
    text = service().replace("port: 104", "port: 104\n    calling_ae: CT2") + "calling_ae: CT1\nlistener: {ae: CT3}\n"
    assert load_site(write(tmp_path, text)).titles == {"CT1", "CT2", "CT3"}
