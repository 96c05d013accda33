using System.Net;
using System.Threading.Channels;

namespace FramedSockets.Testing;

/// <summary>An address in memory that is listened on.</summary>
internal sealed class MemoryListener(EndPoint endPoint, Action<MemoryListener> close) : ITransportListener
{
    private readonly Channel<MemoryConnection> _backlog = Channel.CreateUnbounded<MemoryConnection>();

    public EndPoint EndPoint => endPoint;

    /// <summary>Lets a connection wait to be accepted; false once the listener is closed.</summary>
    public bool TryAdd(MemoryConnection connection) => _backlog.Writer.TryWrite(connection);

    public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await _backlog.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false) && _backlog.Reader.TryRead(out var connection) ? connection : null;

    public async ValueTask DisposeAsync()
    {
        close(this);
        if (_backlog.Writer.TryComplete())
        {
            while (_backlog.Reader.TryRead(out var connection))
            {
                connection.Abort();
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
