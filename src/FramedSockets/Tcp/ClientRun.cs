using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using FramedSockets.Framing;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Tcp;

/// <summary>Keeps a client connected: one connection after the other, each with a call of the handler.</summary>
internal sealed class ClientRun<THeader>(
    TcpFrameClient<THeader> client, EndPoint endPoint, ConnectionHandler<THeader> handler, TcpFrameClientOptions options)
{
    private readonly ILogger _log = SafeLogger.Create(options.LoggerFactory, "FramedSockets.Tcp.TcpFrameClient");
    private readonly Occasionally _codecFailures = new(options.Connection.TimeProvider);
    private int _waits;
    private int _inVain;
    private Exception? _lost;

    private TimeProvider Clock => options.Connection.TimeProvider;

    /// <summary>Connects until a handler has finished.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await TryAsync(cancellationToken).ConfigureAwait(false) is { } lost)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_inVain >= options.Reconnect.MaxAttempts)
            {
                ExceptionDispatchInfo.Throw(lost);
            }

            var delay = options.Reconnect.NextDelay(_waits++);
            _log.ConnectsAgain(endPoint, (long)delay.TotalMilliseconds, lost.Message);
            await Task.Delay(delay, Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Connects once; returns why another connection is needed, if it is.</summary>
    private async Task<Exception?> TryAsync(CancellationToken cancellationToken)
    {
        _inVain++;
        FrameConnection<THeader> connection;
        try
        {
            connection = await client.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException or TimeoutException)
        {
            return e;
        }

        _log.Connected(connection.Id, endPoint);
        var opened = Clock.GetTimestamp();
        var lost = await ServeAsync(connection, cancellationToken).ConfigureAwait(false);
        if (connection.Channel.HasTaken || Clock.GetElapsedTime(opened) >= options.Reconnect.MaxDelay)
        {
            (_waits, _inVain) = (0, 0);
        }

        return lost;
    }

    /// <summary>Has a connection handled, and closes it; returns why another is needed, if it is.</summary>
    private async Task<Exception?> ServeAsync(FrameConnection<THeader> connection, CancellationToken cancellationToken)
    {
        using var stop = cancellationToken.UnsafeRegister(static one => ((FrameConnection<THeader>)one!).RequestStop(), connection);
        var handling = HandleAsync(connection, cancellationToken);
        if (await connection.EndAfterAsync(handling, _log, _codecFailures).ConfigureAwait(false) is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        // It may have failed between the handler's end and the look at what the handler threw.
        return _lost ?? (handling.IsFaulted && !NoFrame.Is(handling.Exception.InnerException) ? connection.Reason : null);
    }

    /// <summary>Calls the handler, and says how it left the connection, before that is closed.</summary>
    private async Task HandleAsync(FrameConnection<THeader> connection, CancellationToken cancellationToken)
    {
        var isCancelled = false;
        try
        {
            await (handler(connection) ?? throw new InvalidOperationException("The handler returned null instead of a task.")).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            isCancelled = true;
            throw;
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested)
            {
                // Whatever the handler makes of it: where it stops reading may be chance. And the connection may not have been told yet.
                isCancelled = true;
                connection.RequestStop();
            }

            var isThere = !connection.Channel.HasReadEnd || connection.Channel.ExpectsEnd;
            _lost = connection.ReasonToClose ?? (isThere && !isCancelled ? null : (Exception)new EndOfStreamException("The server ended the connection."));
        }
    }
}
