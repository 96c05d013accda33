using System.Runtime.InteropServices;

namespace FramedSockets.Linux;

/// <summary>
/// Who watches which descriptor under which token. A token names a slot and its generation: an event that was on its way when
/// its descriptor was closed finds nobody, even when the slot and the descriptor's number have a new owner.
/// </summary>
/// <remarks>Changes are made under the owner's lock; the loop's thread looks up without it.</remarks>
internal sealed class EventSlots
{
    private readonly Stack<int> _free = new();
    private Slot[] _slots = new Slot[16];
    private int _used;
    private int _count;

    /// <summary>How many watch; a hint outside the lock.</summary>
    public int Count => Volatile.Read(ref _count);

    public ulong Add(IEventTarget target, SafeHandle descriptor, EpollEvents events)
    {
        if (!_free.TryPop(out var index))
        {
            Grow();
            index = _used++;
            _slots[index].Generation = 1;
        }

        ref var slot = ref _slots[index];
        slot.Descriptor = descriptor;
        slot.Events = events;
        Volatile.Write(ref slot.Target, target);
        _count++;
        return Token(index);
    }

    /// <summary>Remembers what else is watched for; false when nobody watches under this token any more.</summary>
    public bool TryUpdate(ulong token, EpollEvents events)
    {
        if (!IsCurrent(token))
        {
            return false;
        }

        _slots[(int)(uint)token].Events = events;
        return true;
    }

    /// <summary>Removes who watches, unless that was done.</summary>
    public void Remove(ulong token)
    {
        if (IsCurrent(token))
        {
            var index = (int)(uint)token;
            ref var slot = ref _slots[index];
            slot.Target = null;
            slot.Descriptor = null;

            // Before the slot has a new target: whoever sees that sees a new generation.
            Volatile.Write(ref slot.Generation, slot.Generation == uint.MaxValue ? 1 : slot.Generation + 1);
            _free.Push(index);
            _count--;
        }
    }

    /// <summary>Who watches under a token, if anybody still does.</summary>
    public IEventTarget? Find(ulong token)
    {
        var slots = Volatile.Read(ref _slots);
        var index = (int)(uint)token;
        if (index >= slots.Length)
        {
            return null;
        }

        ref var slot = ref slots[index];
        var target = Volatile.Read(ref slot.Target);
        return Volatile.Read(ref slot.Generation) == token >> 32 ? target : null;
    }

    /// <summary>Shows everything that is watched.</summary>
    public void ForEach(Action<SafeHandle, EpollEvents, ulong> show)
    {
        for (var index = 0; index < _used; index++)
        {
            if (_slots[index].Descriptor is { } descriptor)
            {
                show(descriptor, _slots[index].Events, Token(index));
            }
        }
    }

    private void Grow()
    {
        if (_used == _slots.Length)
        {
            var larger = new Slot[2 * _used];
            _slots.CopyTo(larger, 0);
            Volatile.Write(ref _slots, larger);
        }
    }

    private bool IsCurrent(ulong token) => token != 0 && _slots[(int)(uint)token].Generation == token >> 32;

    private ulong Token(int index) => ((ulong)_slots[index].Generation << 32) | (uint)index;

    private struct Slot
    {
        public IEventTarget? Target;
        public SafeHandle? Descriptor;
        public EpollEvents Events;
        public uint Generation;
    }
}
