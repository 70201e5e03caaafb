import logging
from logging.config import fileConfig

from flask import current_app

from alembic import context


def render_item(type_, obj, autogen_context):
    """Our column types appear in a migration as what they are in the database, so that old migrations never change."""
    from connector.models.types import Encrypted, Money, UtcDateTime

    if type_ == 'type':
        for ours, theirs in ((UtcDateTime, 'sa.DateTime(timezone=True)'), (Money, 'sa.BigInteger()'), (Encrypted, 'sa.LargeBinary()')):
            if isinstance(obj, ours):
                return theirs
    return False


def include_name(name, type_, parent_names):
    """What makes the search quick is written by hand (0002): neither an index of trigrams nor SQLite's table is a model's."""
    return not (name or '').startswith(('orders_search', 'ix_orders_search'))


# this is the Alembic Config object, which provides
# access to the values within the .ini file in use.
config = context.config

# Interpret the config file for Python logging.
# This line sets up loggers basically.
fileConfig(config.config_file_name, disable_existing_loggers=False)
logger = logging.getLogger('alembic.env')


def get_engine():
    return current_app.extensions['migrate'].db.engine


def get_engine_url():
    try:
        return get_engine().url.render_as_string(hide_password=False).replace(
            '%', '%%')
    except AttributeError:
        return str(get_engine().url).replace('%', '%%')


# add your model's MetaData object here
# for 'autogenerate' support
# from myapp import mymodel
# target_metadata = mymodel.Base.metadata
config.set_main_option('sqlalchemy.url', get_engine_url())
target_db = current_app.extensions['migrate'].db

# other values from the config, defined by the needs of env.py,
# can be acquired:
# my_important_option = config.get_main_option("my_important_option")
# ... etc.


def get_metadata():
    if hasattr(target_db, 'metadatas'):
        return target_db.metadatas[None]
    return target_db.metadata


def run_migrations_offline():
    """Run migrations in 'offline' mode.

    This configures the context with just a URL
    and not an Engine, though an Engine is acceptable
    here as well.  By skipping the Engine creation
    we don't even need a DBAPI to be available.

    Calls to context.execute() here emit the given string to the
    script output.

    """
    url = config.get_main_option("sqlalchemy.url")
    context.configure(
        url=url, target_metadata=get_metadata(), literal_binds=True
    )

    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online():
    """Run migrations in 'online' mode.

    In this scenario we need to create an Engine
    and associate a connection with the context.

    """

    # this callback is used to prevent an auto-migration from being generated
    # when there are no changes to the schema
    # reference: http://alembic.zzzcomputing.com/en/latest/cookbook.html
    def process_revision_directives(context, revision, directives):
        if getattr(config.cmd_opts, 'autogenerate', False):
            script = directives[0]
            if script.upgrade_ops.is_empty():
                directives[:] = []
                logger.info('No changes in schema detected.')

    conf_args = current_app.extensions['migrate'].configure_args
    if conf_args.get("process_revision_directives") is None:
        conf_args["process_revision_directives"] = process_revision_directives

    from connector.models.transaction import WRITES

    # As a writer from the start: on SQLite, one that reads first and then writes fails at once while orders flow.
    connectable = get_engine().execution_options(**{WRITES: True})

    with connectable.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=get_metadata(),
            render_item=render_item,
            include_name=include_name,
            # Each lets go of its locks before the next one asks for others, and what is done stays done when one fails.
            transaction_per_migration=True,
            **conf_args
        )

        with context.begin_transaction():
            if not is_nothing_to_do():
                context.run_migrations()


def is_nothing_to_do():
    """Whether this is an upgrade of a database that a newer version has migrated, which this one can live with.

    A platform runs its release command when the code is rolled back, too, and would refuse the rollback if it failed.
    """
    migration = context.get_context()
    newest = context.script.get_current_head()
    newer = [head for head in migration.get_current_heads() if head.isdecimal() and head > newest]
    if not newer or migration.opts['fn'].__name__ != 'upgrade':
        return False
    logger.warning('The database is at %s, newer than %s, the newest that this version knows: nothing to do.', newer[0], newest)
    return True


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
