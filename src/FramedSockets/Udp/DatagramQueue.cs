using System.Buffers;
using System.Threading.Channels;

namespace FramedSockets.Udp;

/// <summary>The bounded queue between the socket and several handlers. Each datagram in it is a copy in pooled memory.</summary>
internal sealed class DatagramQueue
{
    private readonly DatagramStatistics _statistics;
    private readonly Channel<ArrivedDatagram> _channel;

    public DatagramQueue(DatagramHandlingOptions options, ArrayPool<byte> pool, DatagramStatistics statistics)
    {
        Pool = pool;
        _statistics = statistics;
        var settings = new BoundedChannelOptions(options.QueueLength)
        {
            SingleWriter = true,
            SingleReader = options.Receivers == 1,
            FullMode = options.WhenFull switch
            {
                DatagramQueueFull.DropNewest => BoundedChannelFullMode.DropWrite,
                DatagramQueueFull.DropOldest => BoundedChannelFullMode.DropOldest,
                _ => BoundedChannelFullMode.Wait,
            },
        };
        _channel = Channel.CreateBounded<ArrivedDatagram>(settings, Drop);
    }

    public ArrayPool<byte> Pool { get; }

    /// <summary>Copies a datagram into the queue; a full one waits or drops, as the options say.</summary>
    public ValueTask AddAsync(in ArrivedDatagram datagram, CancellationToken cancellationToken)
    {
        var array = Pool.Rent(datagram.Length);
        datagram.Array.AsSpan(datagram.Offset, datagram.Length).CopyTo(array);
        var copy = new ArrivedDatagram(array, 0, datagram.Length, datagram.Peer);
        return _channel.Writer.TryWrite(copy) ? default : WaitToAddAsync(copy, cancellationToken);
    }

    /// <summary>Waits for a datagram; <see langword="false"/> after the last one.</summary>
    public ValueTask<bool> WaitAsync() => _channel.Reader.WaitToReadAsync();

    public bool TryTake(out ArrivedDatagram datagram)
    {
        var isTaken = _channel.Reader.TryRead(out datagram);
        if (isTaken)
        {
            _statistics.CountReceived();
        }

        return isTaken;
    }

    /// <summary>Gives a datagram's memory back.</summary>
    public void Release(in ArrivedDatagram datagram) => Pool.Return(datagram.Array);

    /// <summary>No more datagrams come; those in the queue may still be taken.</summary>
    public void Complete() => _channel.Writer.Complete();

    private async ValueTask WaitToAddAsync(ArrivedDatagram copy, CancellationToken cancellationToken)
    {
        try
        {
            await _channel.Writer.WriteAsync(copy, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Drop(copy);
            throw;
        }
    }

    private void Drop(ArrivedDatagram datagram)
    {
        _statistics.CountDropped();
        Release(datagram);
    }
}
