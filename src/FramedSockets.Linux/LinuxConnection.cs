using System.IO.Pipelines;
using System.Net;
using FramedSockets.Transport;

namespace FramedSockets.Linux;

/// <summary>One connected socket of a loop as a pair of pipes.</summary>
internal sealed class LinuxConnection : ITransportConnection, IEventTarget
{
    /// <summary>Where what nobody reads is thrown away, of all connections at once.</summary>
    private static readonly byte[] Scratch = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);

    private readonly ConnectedSocket _socket;
    private readonly SocketTransportOptions _options;
    private readonly LinuxPipeReader _input;
    private LinuxPipeWriter? _output;
    private EventWaiter? _linger;
    private int _disposed;

    public LinuxConnection(ConnectedSocket socket, SocketTransportOptions options, EndPoint? local, EndPoint? remote)
    {
        _socket = socket;
        _options = options;
        LocalEndPoint = local;
        RemoteEndPoint = remote;
        _input = new(socket, options);
        socket.Watch(this);
    }

    public PipeReader Input => _input;

    /// <remarks>Made for the first who sends: a connection that only waits has none.</remarks>
    public PipeWriter Output =>
        Volatile.Read(ref _output) ?? Interlocked.CompareExchange(ref _output, new(_socket, _options.Pool), null) ?? _output;

    public EndPoint? LocalEndPoint { get; }

    public EndPoint? RemoteEndPoint { get; }

    public long? ReceivedLength => _input.Received;

    public long? DeliveredLength => _socket.ReadDelivered();

    public long HeldLength => _input.HeldLength;

    public void OnEvents(EpollEvents events)
    {
        if (events == EpollEvents.Lost)
        {
            Abort();
            return;
        }

        const EpollEvents Last = EpollEvents.PeerEnded | EpollEvents.HangUp | EpollEvents.Error;
        const EpollEvents Partial = Last | EpollEvents.Urgent;
        try
        {
            if ((events & (EpollEvents.Output | EpollEvents.HangUp | EpollEvents.Error)) != 0)
            {
                Volatile.Read(ref _output)?.OnWritable();
            }
        }
        finally
        {
            // Whatever the code throws that a flush resumes: the reader is told of an edge only once.
            if ((events & (EpollEvents.Input | Partial)) != 0)
            {
                Volatile.Read(ref _linger)?.Wake();
                _input.OnReadable((events & Partial) != 0);
            }
        }
    }

    public void Abort()
    {
        if (_socket.TryAbort())
        {
            _input.Wake();
            Volatile.Read(ref _linger)?.Wake();
            Volatile.Read(ref _output)?.Abort();
        }

        _socket.AwaitSend();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (!_socket.IsAborted && !_input.IsAtEnd && _socket.HasEnded)
        {
            await LingerAsync().ConfigureAwait(false);
        }

        _socket.Close();
        _input.Wake();
        Volatile.Read(ref _output)?.Abort();
    }

    /// <summary>Throws away what still arrives, until the end of the stream: closing before that would reset the last answer away.</summary>
    private async Task LingerAsync()
    {
        using var timeout = new CancellationTokenSource(_options.LingerTimeout, _options.TimeProvider);
        var linger = new EventWaiter();

        // Before the first look, which is a system call: an event that does not see it tells of what that finds.
        Volatile.Write(ref _linger, linger);
        try
        {
            while (!timeout.IsCancellationRequested)
            {
                linger.Clear();
                var count = _socket.Receive(Scratch);
                if (count > 0)
                {
                    // Others go first, and a peer that sends much does not hold the loop.
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                }
                else if (count == -Errno.TryAgain)
                {
                    await linger.WaitAsync(timeout.Token).ConfigureAwait(false);
                }
                else
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Time is up, and nobody is left to wait for.
        }
    }
}
