"""What the server that trials are forked from does for its search: to import this is all there is to it."""

from job.executors.orphan import stop_watching
from job.executors.scratch import remove_at_exit

remove_at_exit()
stop_watching()
