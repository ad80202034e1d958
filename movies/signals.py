"""What happens to movies. Each is sent inside the transaction that makes it so: what leaves the database in reaction
belongs into ``transaction.on_commit``."""

from django.dispatch import Signal

movie_created = Signal()  # movie: Movie, by: User
movie_linked = Signal()  # movie: Movie, by: User
movie_renamed = Signal()  # movie: Movie, by: User
poster_replaced = Signal()  # movie: Movie, by: User
movie_deleted = Signal()  # movie: Movie, by: User
movie_restarted = Signal()  # movie: Movie, by: User
subtitles_added = Signal()  # subtitle: Subtitle, by: User
subtitles_removed = Signal()  # subtitle: Subtitle, by: User
movie_ready = Signal()  # movie_id: str, duration: float in seconds
movie_failed = Signal()  # movie_id: str
upload_started = Signal()  # movie: Movie, by: User
upload_cancelled = Signal()  # movie: Movie, by: User
upload_expired = Signal()  # movie: Movie
