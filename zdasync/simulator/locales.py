"""The locales and time zones that the simulated account knows.

A sample of those of the real service, by the names that its API uses. The ids of locales other than `en-US` are
stand-ins: real ones differ from account to account.
"""

from __future__ import annotations

from typing import Final

LOCALES: Final[dict[str, int]] = {
    "en-US": 1, "es": 2, "de": 8, "zh-TW": 9, "zh-CN": 10, "pl": 13, "fr": 16, "pt-BR": 19, "it": 22, "ru": 27,
    "tr": 30, "no": 34, "ja": 67, "ko": 69, "da": 78, "fi": 84, "sv": 92, "cs": 93, "hu": 94, "el": 95, "uk": 96,
    "ro": 97, "bg": 98, "he": 99, "ar": 100, "th": 81, "id": 77, "vi": 101, "nl": 1005, "en-GB": 1176, "en-CA": 1181,
    "fr-CA": 1187, "es-419": 1194, "pt": 1011, "de-AT": 1273, "de-CH": 1274, "en-AU": 1277, "es-MX": 1278,
    "fr-FR": 1279, "nl-BE": 1280,
}

LOCALE_NAMES: Final = {number: name for name, number in LOCALES.items()}

ZONES: Final[dict[str, str]] = {
    "Eastern Time (US & Canada)": "America/New_York", "Central Time (US & Canada)": "America/Chicago",
    "Mountain Time (US & Canada)": "America/Denver", "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Arizona": "America/Phoenix", "Alaska": "America/Juneau", "Hawaii": "Pacific/Honolulu",
    "Atlantic Time (Canada)": "America/Halifax", "Mexico City": "America/Mexico_City", "Bogota": "America/Bogota",
    "Lima": "America/Lima", "Buenos Aires": "America/Argentina/Buenos_Aires", "Brasilia": "America/Sao_Paulo",
    "UTC": "Etc/UTC", "London": "Europe/London", "Dublin": "Europe/Dublin", "Lisbon": "Europe/Lisbon",
    "Madrid": "Europe/Madrid", "Paris": "Europe/Paris", "Brussels": "Europe/Brussels",
    "Amsterdam": "Europe/Amsterdam", "Berlin": "Europe/Berlin", "Bern": "Europe/Zurich", "Rome": "Europe/Rome",
    "Vienna": "Europe/Vienna", "Copenhagen": "Europe/Copenhagen", "Stockholm": "Europe/Stockholm",
    "Prague": "Europe/Prague", "Warsaw": "Europe/Warsaw", "Budapest": "Europe/Budapest", "Athens": "Europe/Athens",
    "Helsinki": "Europe/Helsinki", "Kyiv": "Europe/Kiev", "Istanbul": "Europe/Istanbul", "Moscow": "Europe/Moscow",
    "Cairo": "Africa/Cairo", "Nairobi": "Africa/Nairobi", "Pretoria": "Africa/Johannesburg",
    "Jerusalem": "Asia/Jerusalem", "Abu Dhabi": "Asia/Muscat", "Karachi": "Asia/Karachi",
    "New Delhi": "Asia/Kolkata", "Mumbai": "Asia/Kolkata", "Bangkok": "Asia/Bangkok", "Singapore": "Asia/Singapore",
    "Hong Kong": "Asia/Hong_Kong", "Beijing": "Asia/Shanghai", "Tokyo": "Asia/Tokyo", "Seoul": "Asia/Seoul",
    "Perth": "Australia/Perth", "Sydney": "Australia/Sydney", "Melbourne": "Australia/Melbourne",
    "Auckland": "Pacific/Auckland", "American Samoa": "Pacific/Pago_Pago",
}
"""Names as the API shows them to IANA names."""
